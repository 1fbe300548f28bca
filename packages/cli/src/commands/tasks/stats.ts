import { TASK_STATUSES } from '@waybill/core'
import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import type { FilterOptions, ViewOptions } from '../../filter/filter-inputs.ts'
import { taskView } from '../../filter/task-view.ts'
import { writeTable } from '../../output/table.ts'
import { colourStatus } from '../../task/task-columns.ts'

/** Options of `waybill tasks stats`. */
export interface StatsOptions extends FilterOptions, ViewOptions {}

/** Counts tasks by status. */
export async function run(context: CommandContext, options: StatsOptions): Promise<ExitCode> {
  const { output } = context
  const { view, filter } = await taskView(context, options)
  const stats = await view.stats(filter)
  const total = TASK_STATUSES.reduce((sum, status) => sum + stats[status], 0)
  if (context.options.json) {
    await output.json({ ...stats, total })
    return EXIT.done
  }
  const rows = TASK_STATUSES.map((status) => ({ status, count: stats[status] }))
  await writeTable(
    output,
    [
      {
        title: 'STATUS',
        value: ({ status }) => status,
        style: (text, { status }, colours) =>
          status === 'total' ? text : colourStatus(text, status, colours),
      },
      { title: 'TASKS', value: ({ count }) => count, align: 'right' },
    ],
    [...rows, { status: 'total' as const, count: total }],
  )
  return EXIT.done
}
