import { TASK_STATUSES } from '@waybill/core'
import { expect } from 'vitest'
import { ALL, column } from './filters.ts'
import { claimRule, rule, type TaskLogRule } from './task-log-rule.ts'

/** Counting entries. */
export const countRules: readonly TaskLogRule[] = [
  rule('count-001', 'count says how many entries match', async (trial) => {
    await trial.addAll([{ owner: 'ada' }, { owner: 'Ada' }, { owner: 'ada' }])
    expect(await trial.log.count(column('owner', 'eq', 'ada'))).toBe(2)
    expect(await trial.log.count(ALL)).toBe(3)
  }),

  rule('count-002', 'an empty log counts nothing', async (trial) => {
    expect(await trial.log.count(ALL)).toBe(0)
  }),

  rule('count-003', 'stats name every status, also those of no entry', async (trial) => {
    const none = Object.fromEntries(TASK_STATUSES.map((status) => [status, 0]))
    expect(await trial.log.stats(ALL)).toEqual(none)
    await trial.addAll([{}, {}])
    expect(await trial.log.stats(ALL)).toEqual({ ...none, enqueued: 2 })
  }),

  rule('count-004', 'stats count the entries that match only', async (trial) => {
    const [first] = await trial.addAll([{ owner: 'ada' }, { owner: 'ada' }, { owner: 'grace' }])
    await trial.cause('cancel', first)
    expect(await trial.log.stats(column('owner', 'eq', 'ada'))).toMatchObject({ enqueued: 1, cancelled: 1 })
  }),

  claimRule('count-005', 'stats tell every status apart', async (trial) => {
    const ids = await trial.addAll([{}, {}, {}, {}, {}, {}, {}, {}])
    const worker = await trial.worker()
    await worker.take(ids[1])
    await trial.log.start([await worker.take(ids[2])])
    await trial.add({ parentId: ids[3], owner: 'ada' })
    await worker.run(ids[3])
    await worker.run(ids[4])
    await worker.run(ids[5], 'failed')
    await trial.cause('cancel', ids[6])
    await trial.cause('force_archive', ids[7])
    const expected = Object.fromEntries(TASK_STATUSES.map((status) => [status, 1]))
    expect(await trial.log.stats(ALL)).toEqual({ ...expected, enqueued: 2 })
  }),

  claimRule('count-006', 'count and stats agree', async (trial) => {
    const ids = await trial.addMany(9)
    const worker = await trial.worker()
    for (const [index, id] of ids.entries()) if (index % 2 === 0) await worker.run(id, 'failed')
    const stats = await trial.log.stats(ALL)
    for (const status of TASK_STATUSES) {
      expect(await trial.log.count(column('status', 'eq', status)), status).toBe(stats[status])
    }
  }),
]
