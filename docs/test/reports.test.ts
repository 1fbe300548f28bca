import { defineTask, Report } from '@waybill/core'
import { expect, it } from 'vitest'
import { inMemory } from './in-memory.ts'

it('a tree of messages', async () => {
  // #region tree
  const importUsers = defineTask<{ emails: readonly string[] }>({
    name: 'users.import',
    category: 'import',
    run({ emails }) {
      const bad = emails.filter((email) => !email.includes('@'))
      const report = Report.success(`${emails.length - bad.length} users imported`, { skipped: bad.length })
      for (const email of bad) report.add(Report.warning(`${email} is no address`))
      return report
    },
  })
  // #endregion
  const { waybill, drain } = inMemory(importUsers)
  const { id } = await waybill.enqueue(importUsers, { emails: ['ada@example.org', 'bob'] })
  await drain()
  // #region read
  const report = await waybill.taskLog.getReport(id)
  report?.message // '1 users imported'
  report?.children[0]?.message // 'bob is no address'
  report?.containsError() // false: the task is completed
  JSON.stringify(report) // plain data, for your page
  // #endregion
  expect(report?.toJSON()).toEqual({
    type: 'success',
    message: '1 users imported',
    data: { skipped: 1 },
    children: [{ type: 'warning', message: 'bob is no address' }],
  })
  expect(await waybill.taskLog.getStatus(id)).toBe('completed')
})

it('what a returned failure, a thrown error and a failure that asks for a retry become', async () => {
  const rate = (currency: string): number => (currency === 'EUR' ? 1 : Number.NaN)
  // #region outcomes
  const charge = defineTask<{ card: string; currency: string }>({
    name: 'card.charge',
    run({ card, currency }) {
      if (card === '') return Report.error('No card is on file') // a decision: failed, and final
      if (card === 'busy') return Report.error('The bank is closed').retry({ after: '1h' }) // tried again
      if (Number.isNaN(rate(currency))) throw new Error(`no rate for ${currency}`) // tried again, with back-off
      return Report.success('Charged')
    },
  })
  // #endregion
  const { waybill, drain } = inMemory(charge)
  const cards = [
    { card: '', currency: 'EUR' },
    { card: 'busy', currency: 'EUR' },
    { card: '42', currency: 'XXX' }, // what ISO 4217 has for no currency at all
    { card: '42', currency: 'EUR' },
  ]
  const tasks = await waybill.enqueueMany(cards.map((input) => ({ task: charge, input })))
  await drain()
  const entries = await waybill.taskLog.find(tasks)
  expect(entries.map(({ status, reason }) => [status, reason])).toEqual([
    ['failed', 'report'],
    ['enqueued', 'report'],
    ['enqueued', 'error'],
    ['completed', null],
  ])
})

it('a report that grows while the task runs', async () => {
  // #region growing
  const compile = defineTask<{ chapters: readonly string[] }>({
    name: 'book.compile',
    run({ chapters }, { report }) {
      for (const chapter of chapters) {
        if (chapter === '') throw new Error('a chapter is empty')
        report.add(Report.info(`Set ${chapter}`)) // visible within a heartbeat, kept when the task throws
      }
      return Report.success('Set all chapters').add(...report.children)
    },
  })
  // #endregion
  const { waybill, drain } = inMemory(compile)
  const { id } = await waybill.enqueue(compile, { chapters: ['I', ''] }, { attempts: 1 })
  const good = await waybill.enqueue(compile, { chapters: ['I'] })
  await drain()
  expect(await waybill.taskLog.getReport(id)).toMatchObject({
    type: 'error',
    children: [{ message: 'Set I' }],
  })
  expect((await waybill.taskLog.getReport(good))?.children).toHaveLength(1)
})
