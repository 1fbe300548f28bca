import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { namedQueues, type QueueOptions } from './named-queues.ts'

/** Pauses or resumes queues. */
export async function setPaused(
  context: CommandContext,
  options: QueueOptions,
  paused: boolean,
): Promise<ExitCode> {
  const queues = await namedQueues(context, options)
  const log = await context.claimableBroker()
  for (const queue of queues) await log.setQueue(queue, { paused })
  if (context.options.json) await context.output.json({ queues, paused })
  else context.output.talk(`${queues.join(', ')}: ${paused ? 'paused; what runs goes on' : 'resumed'}`)
  return EXIT.done
}
