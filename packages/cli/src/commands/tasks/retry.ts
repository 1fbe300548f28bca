import type { CommandContext } from '../../command/command-context.ts'
import type { ExitCode } from '../../exit-code.ts'
import { type ActOptions, act } from './act.ts'

/** Queues failed and cancelled tasks again, as if they were new. */
export async function run(context: CommandContext, options: ActOptions): Promise<ExitCode> {
  return await act(context, options, {
    verb: 'retry',
    doing: 'Retrying',
    done: 'queued again',
    all: (view, filter, bulk) => view.restartAll(filter, bulk),
  })
}
