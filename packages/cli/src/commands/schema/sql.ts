import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { schemaLog } from './schema-log.ts'

/** Prints the SQL of the whole schema. */
export async function run(context: CommandContext): Promise<ExitCode> {
  const sql = (await schemaLog(context)).schemaSql()
  if (context.options.json) await context.output.json({ sql })
  else await context.output.line(sql)
  return EXIT.done
}
