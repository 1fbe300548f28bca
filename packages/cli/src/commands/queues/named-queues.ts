import { NotFoundError } from '@waybill/core'
import type { CommandContext } from '../../command/command-context.ts'
import { nearest } from '../../errors/nearest.ts'
import { allQueues } from './list.ts'

/** Options of commands that name queues. */
export interface QueueOptions {
  readonly queues: readonly string[]
}

/** The queues that were named. @throws NotFoundError for one that neither the configuration nor the log knows */
export async function namedQueues(
  context: CommandContext,
  { queues }: QueueOptions,
): Promise<readonly string[]> {
  const names = (await allQueues(context)).map(({ queue }) => queue)
  for (const queue of queues) {
    if (names.includes(queue)) continue
    const near = nearest(queue, names)
    throw new NotFoundError(
      'queue',
      queue,
      near ? `Did you mean ${near}?` : `There are: ${names.join(', ')}.`,
    )
  }
  return queues
}
