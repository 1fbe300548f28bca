import { defineTask, InvalidInputError, Report } from '@waybill/core'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { inMemory } from './in-memory.ts'

// #region define
const bill = defineTask({
  name: 'billing.report', // stays: entries that wait carry it
  input: z.object({ month: z.string().regex(/^\d{4}-\d{2}$/) }), // zod, valibot, arktype: any Standard Schema
  category: 'export',
  label: ({ month }) => `Bill of ${month}`,
  retry: { attempts: 5 },
  timeout: '5m',
  async run({ month }, { progress, owner }) {
    progress(0, 1, 'counting')
    return Report.success(`Billed ${month} for ${owner}`, { file: `/bills/${month}.pdf` })
  },
})
// #endregion

const remind = defineTask<{ user: string }>({
  name: 'user.remind',
  run: ({ user }) => Report.success(`${user} was reminded`),
})

it('is checked when it is enqueued, and again before it runs', async () => {
  const { waybill, drain } = inMemory(bill)
  // #region refused
  const refused = await waybill.enqueue(bill, { month: 'May' }).catch((error: unknown) => error)
  // InvalidInputError, path 'parameters.month': nothing was stored
  // #endregion
  expect(refused).toBeInstanceOf(InvalidInputError)
  expect(refused).toMatchObject({ path: 'parameters.month' })
  const { id } = await waybill.enqueue(bill, { month: '2026-11' }, { owner: 'ada' })
  await drain()
  expect((await waybill.taskLog.getReport(id))?.message).toBe('Billed 2026-11 for ada')
})

it('options of an enqueue', async () => {
  const { waybill } = inMemory(bill, remind)
  // #region enqueue
  const task = await waybill.enqueue(bill, { month: '2026-11' }, { owner: 'ada', label: 'November' })
  task.id // a UUID, in the log by now

  await waybill.enqueue(remind, { user: 'ada' }, { delay: '7d' }) // or runAt: a Date
  await waybill.enqueue(remind, { user: 'bob' }, { priority: -1 }) // smaller first
  await waybill.enqueue(remind, { user: 'eve' }, { attempts: 1, metadata: { source: 'web' } })
  // #endregion
  // #region key
  const first = await waybill.enqueue(bill, { month: '2026-12' }, { idempotencyKey: 'bill-2026-12' })
  const second = await waybill.enqueue(bill, { month: '2026-12' }, { idempotencyKey: 'bill-2026-12' })
  second.id === first.id // true, and second.existing is true
  // #endregion
  expect(second).toMatchObject({ id: first.id, existing: true })
  // #region many
  const tasks = await waybill.enqueueMany([
    { task: bill, input: { month: '2026-10' }, options: { owner: 'ada' } },
    { task: remind, input: { user: 'ada' } },
  ]) // in one transaction
  // #endregion
  expect(tasks).toHaveLength(2)
  expect(await waybill.taskLog.count()).toBe(7)
})
