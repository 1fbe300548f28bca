import type { MigrationStatus, Migrations } from '@waybill/migration'
import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'

/** Options of commands for one migration. */
export interface NameOptions {
  readonly name: string
}

/** Does something to a run, and says where the migration stands then. */
export async function control(
  context: CommandContext,
  { name }: NameOptions,
  act: (migrations: Migrations) => Promise<unknown>,
): Promise<ExitCode> {
  const migrations = await context.migrations()
  await act(migrations)
  const { state, run }: MigrationStatus = await migrations.status(name)
  if (context.options.json) await context.output.json({ migration: name, state, run })
  else context.output.talk(`${name}: ${state}`)
  return EXIT.done
}
