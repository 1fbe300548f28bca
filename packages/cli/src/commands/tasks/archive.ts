import type { CommandContext } from '../../command/command-context.ts'
import type { ExitCode } from '../../exit-code.ts'
import { act } from './act.ts'
import type { ForceOptions } from './cancel.ts'

/** Archives tasks that have ended. */
export async function run(context: CommandContext, options: ForceOptions): Promise<ExitCode> {
  const { force } = options
  return await act(context, options, {
    verb: 'archive',
    doing: 'Archiving',
    done: 'archived',
    all: (view, filter, bulk) => view.archiveAll(filter, { ...bulk, force }),
  })
}
