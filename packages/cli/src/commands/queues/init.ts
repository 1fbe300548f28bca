import type { CommandContext } from '../../command/command-context.ts'
import { configuredQueues } from '../../config/create-dispatcher.ts'
import { limitQueues } from '../../config/limit-queues.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'

/** Makes the queues of the configuration known to the log, with their limits. */
export async function run(context: CommandContext): Promise<ExitCode> {
  const { config } = await context.config()
  const log = await context.claimableBroker()
  const queues = configuredQueues(config).map(({ name }) => name)
  for (const queue of queues) await log.setQueue(queue, {})
  await limitQueues(config, log)
  if (context.options.json) await context.output.json({ queues })
  else context.output.talk(`${queues.join(', ')}: ready`)
  return EXIT.done
}
