import { describeMs } from '@waybill/migration'
import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { formatCount, plural } from '../../output/moments.ts'
import { writeTable } from '../../output/table.ts'
import type { NameOptions } from './control.ts'
import { RANGE_COLUMNS } from './status-columns.ts'

/** Options of `waybill migrations plan`. */
export interface PlanOptions extends NameOptions {
  readonly ranges: number | undefined
  readonly restart: boolean
}

/** Says what a run would do. */
export async function run(context: CommandContext, options: PlanOptions): Promise<ExitCode> {
  const { name, restart, ranges } = options
  const { output } = context
  const plan = await (await context.migrations()).plan(name, {
    restart,
    ...(ranges !== undefined && { ranges }),
  })
  if (context.options.json) {
    await output.json(plan)
    return EXIT.done
  }
  const { done, total, leftMs } = plan.estimate
  const units = total === null ? 'an unknown number of units' : plural(total, 'unit')
  const resumes = plan.resumes ? `goes on after ${formatCount(done)} of them` : 'begins anew'
  const time =
    leftMs === null ? 'how long it takes is not known before a dry run' : `takes about ${describeMs(leftMs)}`
  output.talk(`${name}: ${units} in ${plural(plan.ranges.length, 'range')}; ${resumes}; ${time}.`)
  await writeTable(output, RANGE_COLUMNS, plan.ranges)
  return EXIT.done
}
