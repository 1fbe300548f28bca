import type { MigrationStatus } from '@waybill/migration'
import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { writeTable } from '../../output/table.ts'
import { MIGRATION_COLUMNS } from './status-columns.ts'

/** Lists the migrations of the configuration. */
export async function run(context: CommandContext): Promise<ExitCode> {
  const migrations = await (await context.migrations()).list()
  if (context.options.json) await context.output.json({ migrations: migrations.map(withoutRanges) })
  else await writeTable(context.output, MIGRATION_COLUMNS, migrations)
  if (migrations.length === 0) context.output.talk('The configuration names no migrations.')
  return EXIT.done
}

function withoutRanges({ ranges, ...status }: MigrationStatus): object {
  return { ...status, ranges: ranges.length }
}
