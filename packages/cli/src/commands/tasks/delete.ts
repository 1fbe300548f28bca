import type { CommandContext } from '../../command/command-context.ts'
import type { ExitCode } from '../../exit-code.ts'
import { type ActOptions, act } from './act.ts'

/** Options of `waybill tasks delete`: an operator's command, so there is no `--as`. */
export type DeleteOptions = Omit<ActOptions, 'as'>

/** Deletes tasks that have ended, children before their parents. */
export async function run(context: CommandContext, options: DeleteOptions): Promise<ExitCode> {
  const log = await context.taskLog()
  return await act(
    context,
    { ...options, as: undefined },
    {
      verb: 'delete',
      doing: 'Deleting',
      done: 'deleted',
      final: true,
      all: (_, filter, bulk) => log.deleteAll(filter, bulk),
    },
  )
}
