import type { SchemaStatus } from '@waybill/core'
import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { writeTable } from '../../output/table.ts'
import { schemaLog } from './schema-log.ts'

/** What is said of each state. */
const SAID: Readonly<Record<SchemaStatus['state'], string>> = {
  missing: 'There are no tables. Create them: waybill schema up',
  outdated: 'The tables are of an older release. Bring them up to date: waybill schema up',
  current: 'The tables fit this release.',
  newer: 'The tables are of a newer release. Upgrade the adapter package.',
}

/** Says whether the tables fit. */
export async function run(context: CommandContext): Promise<ExitCode> {
  const { output } = context
  const { state, steps } = await (await schemaLog(context)).schemaStatus()
  const rows = steps.map(({ id, appliedAt, checksumFits }) => ({
    id,
    appliedAt: appliedAt === null ? null : new Date(appliedAt),
    checksumFits,
  }))
  const drifted = rows.filter(({ checksumFits }) => !checksumFits).map(({ id }) => id)
  if (context.options.json) {
    await output.json({ state, steps: rows })
  } else {
    await writeTable(
      output,
      [
        { title: 'STEP', value: ({ id }) => id },
        { title: 'TAKEN', value: ({ appliedAt }) => appliedAt ?? 'no' },
      ],
      rows,
    )
    output.talk(SAID[state])
    if (drifted.length > 0)
      output.talk(`Made by other statements than this release has: ${drifted.join(', ')}`)
  }
  return state === 'current' && drifted.length === 0 ? EXIT.done : EXIT.check
}
