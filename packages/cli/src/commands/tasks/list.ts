import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import type { FilterOptions, PageOptions, ViewOptions } from '../../filter/filter-inputs.ts'
import { paged } from '../../filter/task-filter.ts'
import { taskView } from '../../filter/task-view.ts'
import { writeTable } from '../../output/table.ts'
import { TASK_COLUMNS } from '../../task/task-columns.ts'
import { SUMMARY_MEMBERS, taskJson } from '../../task/task-json.ts'

/** Options of `waybill tasks list`. */
export interface ListOptions extends FilterOptions, PageOptions, ViewOptions {
  readonly ndjson: boolean
}

/** Lists one page of tasks. */
export async function run(context: CommandContext, options: ListOptions): Promise<ExitCode> {
  const { output } = context
  const { view, filter } = await taskView(context, options)
  const page = await view.search(paged(filter, options).deselect('parameters', 'metadata', 'report'))
  const rows = page.items.map((entity) => taskJson(entity, SUMMARY_MEMBERS, undefined))
  if (options.ndjson) {
    for (const row of rows) await output.ndjson(row)
  } else if (context.options.json) {
    await output.json({ tasks: rows, nextCursor: page.nextCursor })
  } else {
    await writeTable(output, TASK_COLUMNS, page.items)
    if (page.length === 0) output.talk('No tasks match.')
    if (page.nextCursor !== null) output.talk(`There are more: --cursor '${page.nextCursor}'`)
  }
  return EXIT.done
}
