import type { TaskLog, TaskLogFilter, UserTaskLog } from '@waybill/core'
import type { CommandContext } from '../command/command-context.ts'
import type { FilterOptions, ViewOptions } from './filter-inputs.ts'
import { taskFilter } from './task-filter.ts'

/** The log as it is asked for: whole, or as one user sees it. */
export type TaskView = TaskLog | UserTaskLog

/** The log to look at, and the tasks in it that the flags choose. */
export async function taskView(
  context: CommandContext,
  options: FilterOptions & ViewOptions,
): Promise<{ readonly view: TaskView; readonly filter: TaskLogFilter }> {
  const log = await context.taskLog()
  const isRelative = options.since ?? options.until ?? options.where[0]
  const filter = taskFilter(options, isRelative === undefined ? 0 : await log.broker.now())
  return { view: viewAs(log, options), filter }
}

/** The whole log, or what one user may see of it. */
export function viewAs(log: TaskLog, { as }: ViewOptions): TaskView {
  return as === undefined ? log : log.forUser(as)
}
