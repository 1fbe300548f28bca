import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { plural } from '../../output/moments.ts'
import { schemaLog } from './schema-log.ts'

/** Options of `waybill schema up`. */
export interface SchemaUpOptions {
  readonly dryRun: boolean
}

/** Takes the steps that are missing. */
export async function run(context: CommandContext, { dryRun }: SchemaUpOptions): Promise<ExitCode> {
  const { output } = context
  const log = await schemaLog(context)
  const { steps } = await log.schemaStatus()
  const pending = steps.filter(({ appliedAt }) => appliedAt === null).map(({ id }) => id)
  if (!dryRun) await log.createContainer()
  if (context.options.json) await output.json({ dryRun, steps: pending })
  else if (pending.length === 0) output.talk('The tables are up to date.')
  else
    output.talk(`${dryRun ? 'Would take' : 'Took'} ${plural(pending.length, 'step')}: ${pending.join(', ')}`)
  return EXIT.done
}
