import { expect } from 'vitest'
import { claimRule, rule, type TaskLogRule } from './task-log-rule.ts'
import { QUEUE } from './trial.ts'

/** Running again what failed or was cancelled. */
export const restartRules: readonly TaskLogRule[] = [
  claimRule('restart-001', 'a failed entry is enqueued again, as if it were new', async (trial) => {
    const id = await trial.add({ maxAttempts: 1, idempotencyKey: 'key' })
    const added = await trial.get(id)
    const worker = await trial.worker()
    const claim = await worker.take(id)
    await trial.log.requestCancel([id])
    await worker.settle(claim, 'failed', { report: '"error"', progress: '"half"' })
    await trial.pass(2)
    expect(await trial.cause('restart', id, { reason: 'restarted' })).toEqual([id])
    const { updatedAt, dueAt, ...record } = await trial.get(id)
    expect(record).toEqual({ ...added, reason: 'restarted', updatedAt: undefined, dueAt: undefined })
    expect(dueAt).toBe(updatedAt)
    expect(dueAt).toBeGreaterThan(added.dueAt)
  }),

  rule('restart-002', 'a cancelled entry is enqueued again', async (trial) => {
    const id = await trial.add()
    await trial.cause('cancel', id)
    expect(await trial.cause('restart', id)).toEqual([id])
    expect(await trial.get(id)).toMatchObject({ status: 'enqueued', outcome: null, finishedAt: null })
  }),

  claimRule('restart-003', 'nothing else is restarted', async (trial) => {
    const ids = await trial.addAll([{}, {}, {}, {}, {}])
    const worker = await trial.worker()
    await worker.take(ids[1])
    await trial.log.start([await worker.take(ids[2])])
    await worker.run(ids[3])
    await trial.cause('force_archive', ids[4])
    const before = new Set(await trial.log.find(ids))
    expect(await trial.cause('restart', ids)).toEqual([])
    expect(new Set(await trial.log.find(ids))).toEqual(before)
  }),

  claimRule('restart-004', 'a restarted entry is claimed again, as its first attempt', async (trial) => {
    const id = await trial.add({ maxAttempts: 2 })
    const worker = await trial.worker()
    await worker.run(id, 'retry')
    await worker.run(id, 'failed')
    await trial.cause('restart', id)
    expect(await worker.claim(QUEUE)).toMatchObject([{ id, attempt: 1 }])
  }),

  claimRule('restart-005', 'the last report of the life before is refused after a restart', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    const claim = await worker.run(id, 'failed')
    await trial.cause('restart', id)
    expect(await worker.settle(claim, 'failed')).toEqual({ id, accepted: false, status: 'enqueued' })
  }),

  claimRule('restart-006', 'a restarted entry with a limit key waits for a slot', async (trial) => {
    const id = await trial.add({ limitKey: 'key', limitMax: 1, delayMs: 60_000 })
    await trial.cause('cancel', id)
    await trial.cause('restart', id)
    expect(await trial.get(id)).toMatchObject({ hold: 'limit' })
  }),

  rule(
    'restart-007',
    'an entry whose time had not come is due at once when it is restarted',
    async (trial) => {
      const id = await trial.add({ delayMs: 60_000 })
      await trial.cause('cancel', id)
      await trial.cause('restart', id)
      const { hold, dueAt, updatedAt } = await trial.get(id)
      expect({ hold, dueAt }).toEqual({ hold: null, dueAt: updatedAt })
    },
  ),

  claimRule('restart-008', 'a child is not restarted once its parent has ended', async (trial) => {
    const parentId = await trial.add()
    const id = await trial.add({ parentId })
    const worker = await trial.worker()
    await worker.run(id, 'failed')
    await worker.run(parentId)
    const record = await trial.get(id)
    expect(await trial.cause('restart', id)).toEqual([])
    expect(await trial.get(id)).toEqual(record)
  }),

  claimRule('restart-009', 'a child that is restarted keeps its open parent waiting', async (trial) => {
    const parentId = await trial.add()
    const [child, sibling] = await trial.addAll([{ parentId }, { parentId }])
    const worker = await trial.worker()
    await worker.run(parentId)
    await worker.run(child, 'failed')
    expect(await trial.cause('restart', child)).toEqual([child])
    await worker.run(sibling)
    expect(await trial.status(parentId)).toBe('child_running')
    await worker.run(child)
    expect(await trial.get(parentId)).toMatchObject({ status: 'completed', reason: null })
  }),

  claimRule(
    'restart-010',
    'a parent that failed for a child runs again, then its children',
    async (trial) => {
      const parentId = await trial.add()
      const child = await trial.add({ parentId })
      const worker = await trial.worker()
      await worker.run(child, 'failed')
      await worker.run(parentId)
      expect(await trial.cause('restart', parentId)).toEqual([parentId])
      expect(await trial.cause('restart', child)).toEqual([child])
      await worker.run(parentId)
      expect(await trial.status(parentId)).toBe('child_running')
      await worker.run(child)
      expect(await trial.get(parentId)).toMatchObject({
        status: 'completed',
        outcome: 'completed',
        reason: null,
      })
    },
  ),

  claimRule(
    'restart-011',
    'a restarted parent still counts the children of its life before',
    async (trial) => {
      const parentId = await trial.add()
      const child = await trial.add({ parentId })
      const worker = await trial.worker()
      await worker.run(child, 'failed')
      await worker.run(parentId)
      await trial.cause('restart', parentId)
      await worker.run(parentId)
      expect(await trial.get(parentId)).toMatchObject({ status: 'failed', reason: 'child_failed' })
    },
  ),
]
