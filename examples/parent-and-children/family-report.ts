import { Report, type TaskLog, TaskLogFilter } from '@waybill/core'

/** One report of a task and everything beneath it. */
export async function familyReport(taskLog: TaskLog, id: string): Promise<Report> {
  const { label = '', statusLabel, report } = await taskLog.getById(id)
  const family = Report.info(`${label}: ${statusLabel}`)
  if (report) family.add(report)
  const children = new TaskLogFilter().eq('parentId', id).sortBy('label').limit(100)
  for await (const page of taskLog.pages(children)) {
    for (const child of page) family.add(await familyReport(taskLog, child.id))
  }
  return family
}
