import type { QueueState } from '@waybill/core'
import type { CommandContext } from '../../command/command-context.ts'
import { configuredQueues } from '../../config/create-dispatcher.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { writeTable } from '../../output/table.ts'
import { QUEUE_COLUMNS, queueJson } from './queue-columns.ts'

const EMPTY: Omit<QueueState, 'queue'> = {
  paused: false,
  concurrency: null,
  ready: 0,
  due: 0,
  limited: 0,
  held: 0,
  oldestReadyAt: null,
}

/** Lists the queues of the configuration and those the log knows beside them. */
export async function run(context: CommandContext): Promise<ExitCode> {
  const states = await allQueues(context)
  if (context.options.json) await context.output.json({ queues: states.map(queueJson) })
  else await writeTable(context.output, QUEUE_COLUMNS, states)
  return EXIT.done
}

/** The queues of the configuration and those the log knows beside them. */
export async function allQueues(context: CommandContext): Promise<readonly QueueState[]> {
  const known = await (await context.claimableBroker()).queueStates()
  const { config } = await context.config()
  const unused = configuredQueues(config)
    .map(({ name }) => name)
    .filter((name) => !known.some(({ queue }) => queue === name))
  return [...known, ...unused.map((queue) => ({ queue, ...EMPTY }))]
}
