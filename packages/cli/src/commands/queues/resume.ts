import type { CommandContext } from '../../command/command-context.ts'
import type { ExitCode } from '../../exit-code.ts'
import type { QueueOptions } from './named-queues.ts'
import { setPaused } from './set-paused.ts'

/** Resumes queues. */
export async function run(context: CommandContext, options: QueueOptions): Promise<ExitCode> {
  return await setPaused(context, options, false)
}
