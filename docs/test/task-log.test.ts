import { defineTask, Report, TaskLogFilter } from '@waybill/core'
import { expect, it } from 'vitest'
import { inMemory } from './in-memory.ts'

const report = defineTask<{ month: string }>({
  name: 'report.monthly',
  category: 'export',
  label: ({ month }) => `Report of ${month}`,
  run: ({ month }) => (month === '2026-13' ? Report.error(`There is no ${month}`) : Report.success(month)),
})

async function filled() {
  const world = inMemory(report)
  const months = ['2026-10', '2026-11', '2026-12', '2026-13']
  const items = months.map((month) => ({ task: report, input: { month }, options: { owner: 'ada' } }))
  const tasks = await world.waybill.enqueueMany(items)
  await world.drain()
  return { ...world, ids: tasks.map(({ id }) => id) }
}

it('one task', async () => {
  const { waybill, ids } = await filled()
  const [id = ''] = ids
  // #region one
  const task = await waybill.taskLog.getById(id)
  task.label // 'Report of 2026-10'
  task.statusLabel // 'Completed'
  task.report?.message
  task.progress // { done, total, message } while it runs
  task.finishedAt // a Date
  const [ended] = await waybill.taskLog.wait(id, { timeout: '30s' }) // until it has ended
  // #endregion
  expect(task).toMatchObject({ label: 'Report of 2026-10', statusLabel: 'Completed' })
  expect(ended?.id).toBe(id)
})

it('a search, its next page and all pages', async () => {
  const { waybill } = await filled()
  // #region search
  const filter = new TaskLogFilter()
    .eq('taskName', 'report.monthly')
    .in('status', ['completed', 'failed'])
    .path('parameters.month', 'gte', '2026-11') // looks into parameters or metadata
    .sortBy('createdAt', 'descending')
    .limit(2)
  const page = await waybill.taskLog.search(filter)
  for (const { label, status } of page) console.log(label, status)

  if (page.nextCursor !== null) await waybill.taskLog.search(filter.after(page.nextCursor))
  for await (const { items } of waybill.taskLog.pages(filter)) console.log(items.length) // all of them
  await waybill.taskLog.count(filter)
  await waybill.taskLog.stats(filter) // { completed: 2, failed: 1, enqueued: 0, ... }
  // #endregion
  expect(page.items).toHaveLength(2)
  expect(await waybill.taskLog.count(filter)).toBe(3)
  expect(await waybill.taskLog.stats(filter)).toMatchObject({ completed: 2, failed: 1, enqueued: 0 })
})

it('conditions that are put together', async () => {
  const { waybill } = await filled()
  // #region combine
  const failed = new TaskLogFilter().eq('status', 'failed')
  const late = new TaskLogFilter().eq('status', 'enqueued').lt('createdAt', new Date(Date.now() - 60_000))
  const trouble = TaskLogFilter.anyOf(failed, late)
  const notMine = new TaskLogFilter().eq('owner', 'ada').not()
  const text = new TaskLogFilter().like('label', 'Report of 2026-1_')
  // #endregion
  expect(await waybill.taskLog.count(trouble)).toBe(1)
  expect(await waybill.taskLog.count(notMine)).toBe(0)
  expect(await waybill.taskLog.count(text)).toBe(4)
})

it('a filter that came in a request', async () => {
  const { waybill } = await filled()
  const body = JSON.stringify(new TaskLogFilter().eq('status', 'failed'))
  // #region json
  const filter = TaskLogFilter.fromJSON(JSON.parse(body)) // checked as if it came from a stranger
  const page = await waybill.taskLog.forUser('ada').search(filter)
  // #endregion
  expect(page.items).toHaveLength(1)
})

it('a data table', async () => {
  const { waybill } = await filled()
  // #region table
  const query = { page: '1', rows: '25', sortBy: 'label', sortOrder: 'desc', filters: { status: ['failed'] } }
  const table = await waybill.taskLog.forUser('ada').getDataTablePayload(new TaskLogFilter(), query, {
    rowCustomiser: (row) => ({ url: `/tasks/${row.id}` }),
  })
  table.data[0]?.taskLabel // 'Report of 2026-13'
  table.total // pages in all
  // #endregion
  expect(table).toMatchObject({ page: 1, total: 1, data: [{ taskLabel: 'Report of 2026-13' }] })
})

it('many at once', async () => {
  const { waybill } = await filled()
  // #region bulk
  const failed = new TaskLogFilter().eq('status', 'failed')
  const { done, skippedCount } = await waybill.taskLog.restartAll(failed)
  await waybill.taskLog.archiveAll(new TaskLogFilter().eq('status', 'completed'))
  await waybill.taskLog.prune({ olderThan: '90d' }) // deletes what ended long ago, children before parents
  // #endregion
  expect([done, skippedCount]).toEqual([1, 0])
  expect(await waybill.taskLog.stats()).toMatchObject({ enqueued: 1, archived: 3 })
})
