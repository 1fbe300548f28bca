import type { CommandContext } from '../../command/command-context.ts'
import type { ExitCode } from '../../exit-code.ts'
import { type ActOptions, act } from './act.ts'

/** Options of `waybill tasks cancel` and `archive`. */
export interface ForceOptions extends ActOptions {
  readonly force: boolean
}

/** Cancels queued tasks, and asks those in progress to stop. */
export async function run(context: CommandContext, options: ForceOptions): Promise<ExitCode> {
  const { force } = options
  return await act(context, options, {
    verb: 'cancel',
    doing: 'Cancelling',
    done: 'cancelled',
    all: (view, filter, bulk) => view.cancelAll(filter, { ...bulk, force }),
  })
}
