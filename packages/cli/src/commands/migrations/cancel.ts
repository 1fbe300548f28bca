import type { CommandContext } from '../../command/command-context.ts'
import type { ExitCode } from '../../exit-code.ts'
import { control, type NameOptions } from './control.ts'

/** Ends a run. */
export async function run(context: CommandContext, options: NameOptions): Promise<ExitCode> {
  return await control(context, options, (migrations) => migrations.cancel(options.name))
}
