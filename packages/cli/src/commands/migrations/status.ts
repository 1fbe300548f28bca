import { describeMs, describeRate, type MigrationStatus } from '@waybill/migration'
import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { writeDetails } from '../../output/details.ts'
import { writeTable } from '../../output/table.ts'
import type { NameOptions } from './control.ts'
import { progressOf, RANGE_COLUMNS } from './status-columns.ts'

/** Shows where a migration stands. */
export async function run(context: CommandContext, { name }: NameOptions): Promise<ExitCode> {
  const { output } = context
  const status = await (await context.migrations()).status(name)
  if (context.options.json) {
    await output.json(status)
    return EXIT.done
  }
  await output.line(`${output.colours.bold(status.state)} ${name}`)
  await writeDetails(output, detailsOf(status))
  if (status.ranges.length > 0) {
    await output.line(`\n${output.colours.bold('Ranges')}`)
    await writeTable(output, RANGE_COLUMNS, status.ranges)
  }
  return EXIT.done
}

function detailsOf(status: MigrationStatus): readonly (readonly [string, string | null | undefined])[] {
  const { estimate, evidence, failures } = status
  return [
    ['for', status.description],
    ['run', status.run],
    ['by', status.by],
    ['started', status.startedAt?.toISOString()],
    ['finished', status.finishedAt?.toISOString()],
    [status.pass === 'verify' ? 'verified' : 'done', progressOf(estimate.done, estimate.total)],
    ['rate', describeRate(estimate.perSecond, estimate.leftMs)],
    ['waits for', status.waitsFor.join('; ')],
    ['failed', failures.map(({ id, message }) => `${id} (${message})`).join(', ')],
    ['evidence', evidence === null ? null : evidence.complete ? 'complete' : 'not complete'],
    ['checksum', evidence?.checksum],
    ['version', evidence?.version],
    ['time', evidence === null ? null : describeMs(evidence.activeMs)],
  ]
}
