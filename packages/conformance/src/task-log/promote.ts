import { expect } from 'vitest'
import { claimRule, type TaskLogRule } from './task-log-rule.ts'
import { QUEUE } from './trial.ts'

const LIMITED = { limitKey: 'key', limitMax: 1 } as const

/** Making ready what waited for its time or a slot. */
export const promoteRules: readonly TaskLogRule[] = [
  claimRule('promote-001', 'an entry becomes ready when its time has come, and not before', async (trial) => {
    // Long enough for a busy machine to look before it is over.
    const id = await trial.add({ delayMs: 400 })
    const { dueAt } = await trial.get(id)
    const early = await trial.log.promote(10)
    expect(early).toMatchObject({ promoted: 0 })
    expect(early.nextDueMs).toBeGreaterThan(0)
    expect(early.nextDueMs).toBeLessThanOrEqual(400)
    await trial.pass(Math.max(0, dueAt - (await trial.log.now())))
    expect(await trial.log.promote(10)).toEqual({ promoted: 1, nextDueMs: null })
    expect(await trial.get(id)).toMatchObject({ status: 'enqueued', hold: null, dueAt })
  }),

  claimRule(
    'promote-002',
    'when nothing waits there is nothing to promote and nothing to wait for',
    async (trial) => {
      await trial.add()
      expect(await trial.log.promote(10)).toEqual({ promoted: 0, nextDueMs: null })
    },
  ),

  claimRule('promote-003', 'the next due time is that of the entry that is due first', async (trial) => {
    await trial.addAll([{ delayMs: 900_000 }, { delayMs: 600_000 }, { delayMs: 700_000 }])
    const { nextDueMs } = await trial.log.promote(10)
    expect(nextDueMs).toBeLessThanOrEqual(600_000)
    expect(nextDueMs).toBeGreaterThan(500_000)
  }),

  claimRule(
    'promote-004',
    'no more become ready than the limit, and what is left is due now',
    async (trial) => {
      await trial.addMany(5, () => ({ delayMs: 1 }))
      await trial.pass(3)
      expect(await trial.log.promote(2)).toEqual({ promoted: 2, nextDueMs: 0 })
      expect(await trial.log.promote(2)).toEqual({ promoted: 2, nextDueMs: 0 })
      expect(await trial.log.promote(2)).toEqual({ promoted: 1, nextDueMs: null })
    },
  ),

  claimRule('promote-005', 'what is due first becomes ready first', async (trial) => {
    const [third, first, second] = await trial.addAll([{ delayMs: 3 }, { delayMs: 1 }, { delayMs: 2 }])
    await trial.pass(5)
    for (const id of [first, second, third]) {
      await trial.log.promote(1)
      expect(await trial.get(id)).toMatchObject({ hold: null })
    }
  }),

  claimRule('promote-006', 'an entry with a free slot becomes ready, the others wait', async (trial) => {
    const ids = await trial.addAll([LIMITED, LIMITED, LIMITED])
    expect(await trial.log.promote(10)).toEqual({ promoted: 1, nextDueMs: null })
    const holds = await Promise.all(ids.map(async (id) => (await trial.get(id)).hold))
    expect(holds).toEqual([null, 'limit', 'limit'])
    expect(await trial.log.promote(10)).toMatchObject({ promoted: 0 })
  }),

  claimRule('promote-007', 'as many become ready as there are slots', async (trial) => {
    await trial.addMany(5, () => ({ limitKey: 'key', limitMax: 3 }))
    expect(await trial.log.promote(10)).toMatchObject({ promoted: 3 })
    expect(await (await trial.worker()).claim(QUEUE)).toHaveLength(3)
  }),

  claimRule('promote-008', 'ready, dequeued and running entries hold their slot', async (trial) => {
    const [first] = await trial.addAll([LIMITED, LIMITED])
    const worker = await trial.worker()
    await trial.log.promote(10)
    expect(await trial.log.promote(10)).toMatchObject({ promoted: 0 })
    const claim = await worker.take(first)
    expect(await trial.log.promote(10)).toMatchObject({ promoted: 0 })
    await trial.log.start([claim])
    expect(await trial.log.promote(10)).toMatchObject({ promoted: 0 })
    await worker.settle(claim, 'completed')
    expect(await trial.log.promote(10)).toMatchObject({ promoted: 1 })
  }),

  claimRule('promote-009', 'a task gives its slot back however it leaves its worker', async (trial) => {
    const worker = await trial.worker()
    for (const to of ['completed', 'failed', 'cancelled'] as const) {
      const [first, second] = await trial.addAll([LIMITED, LIMITED])
      await trial.log.promote(10)
      await worker.run(first, to)
      expect(await trial.log.promote(10), to).toMatchObject({ promoted: 1 })
      await trial.cause('cancel', second)
    }
  }),

  claimRule('promote-010', 'a parent that waits for its children holds no slot', async (trial) => {
    const [parent, next] = await trial.addAll([LIMITED, LIMITED])
    await trial.add({ parentId: parent })
    await trial.log.promote(10)
    await (await trial.worker()).run(parent)
    expect(await trial.status(parent)).toBe('child_running')
    expect(await trial.log.promote(10)).toMatchObject({ promoted: 1 })
    expect(await trial.get(next)).toMatchObject({ hold: null })
  }),

  claimRule('promote-011', 'slots are shared over queues and owners', async (trial) => {
    await trial.addAll([
      { ...LIMITED, queue: 'a', owner: 'ada' },
      { ...LIMITED, queue: 'b', owner: 'grace' },
    ])
    expect(await trial.log.promote(10)).toMatchObject({ promoted: 1 })
  }),

  claimRule(
    'promote-012',
    'keys that differ, if only in case or a trailing space, share no slots',
    async (trial) => {
      await trial.addAll(['key', 'Key', 'key ', 'k\u00e9y'].map((limitKey) => ({ limitKey, limitMax: 1 })))
      expect(await trial.log.promote(10)).toMatchObject({ promoted: 4 })
    },
  ),

  claimRule('promote-013', 'a delayed entry waits for its time first, then for a slot', async (trial) => {
    const [first, second] = await trial.addAll([LIMITED, { ...LIMITED, delayMs: 2 }])
    await trial.log.promote(10)
    await trial.pass(4)
    expect(await trial.log.promote(10)).toEqual({ promoted: 0, nextDueMs: null })
    expect(await trial.get(second)).toMatchObject({ status: 'enqueued', hold: 'limit' })
    await (await trial.worker()).run(first)
    expect(await trial.log.promote(10)).toMatchObject({ promoted: 1 })
  }),

  claimRule(
    'promote-014',
    'entries that wait for one key do not keep others from their turn',
    async (trial) => {
      await trial.addMany(20, () => LIMITED)
      await trial.log.promote(1)
      const other = await trial.add({ limitKey: 'other', limitMax: 1 })
      const late = await trial.add({ delayMs: 1 })
      await trial.pass(3)
      for (let turn = 0; turn < 2; turn += 1) await trial.log.promote(1)
      expect(await trial.get(other)).toMatchObject({ hold: null })
      expect(await trial.get(late)).toMatchObject({ hold: null })
    },
  ),

  claimRule(
    'promote-015',
    'of those that wait for a key, the one that is due first comes first',
    async (trial) => {
      const now = await trial.log.now()
      const ids = await trial.addAll([
        { ...LIMITED, dueAt: now - 1_000 },
        { ...LIMITED, dueAt: now - 3_000 },
        { ...LIMITED, dueAt: now - 2_000 },
      ])
      const worker = await trial.worker()
      const order: string[] = []
      for (let turn = 0; turn < 3; turn += 1) {
        await trial.log.promote(10)
        for (const claim of await worker.claim(QUEUE)) {
          order.push(claim.id)
          await worker.settle(claim, 'completed')
        }
      }
      expect(order).toEqual([ids[1], ids[2], ids[0]])
    },
  ),

  claimRule(
    'promote-016',
    'an entry that became ready is claimed in its place by priority and age',
    async (trial) => {
      const [older, , urgent] = await trial.addAll([{ delayMs: 1 }, {}, { delayMs: 1, priority: -1 }])
      await trial.pass(3)
      await trial.log.promote(10)
      const claims = await (await trial.worker()).claim(QUEUE)
      expect(claims.map(({ id }) => id).slice(0, 2)).toEqual([urgent, older])
    },
  ),

  claimRule('promote-017', 'a retry whose time has come is ready again', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    await worker.run(id, 'retry', { delayMs: 2 })
    await trial.pass(4)
    expect(await trial.log.promote(10)).toMatchObject({ promoted: 1 })
    expect(await worker.take(id)).toMatchObject({ attempt: 2 })
  }),
]
