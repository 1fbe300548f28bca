import { createToken } from '@waybill/core'
import { expect } from 'vitest'
import { claimRule, rule, type TaskLogRule } from './task-log-rule.ts'
import { QUEUE } from './trial.ts'

/** Cancelling what still waits. */
export const cancelRules: readonly TaskLogRule[] = [
  rule('cancel-001', 'an enqueued entry ends as cancelled', async (trial) => {
    const id = await trial.add()
    const before = await trial.log.now()
    expect(await trial.cause('cancel', id, { reason: 'cancelled' })).toEqual([id])
    const record = await trial.get(id)
    expect(record).toMatchObject({
      status: 'cancelled',
      outcome: 'cancelled',
      reason: 'cancelled',
      attempt: 0,
    })
    expect(record.finishedAt).toBeGreaterThanOrEqual(before)
    expect(record.updatedAt).toBe(record.finishedAt)
  }),

  rule(
    'cancel-002',
    'an entry that waits for its time or a slot is cancelled too, and waits no more',
    async (trial) => {
      const ids = await trial.addAll([{ delayMs: 60_000 }, { limitKey: 'key', limitMax: 1 }])
      expect(await trial.cause('cancel', ids)).toHaveLength(2)
      for (const id of ids) expect(await trial.get(id)).toMatchObject({ status: 'cancelled', hold: null })
    },
  ),

  claimRule('cancel-003', 'what a worker holds is not cancelled, and its report stands', async (trial) => {
    const [dequeued, running] = await trial.addAll([{}, {}])
    const worker = await trial.worker()
    const claims = [await worker.take(dequeued), await worker.take(running)]
    await trial.log.start(claims.slice(1))
    expect(await trial.cause('cancel', [dequeued, running])).toEqual([])
    for (const claim of claims) {
      expect(await worker.settle(claim, 'completed')).toMatchObject({ accepted: true, status: 'completed' })
    }
  }),

  claimRule('cancel-004', 'what has ended is not cancelled', async (trial) => {
    const [completed, failed] = await trial.addAll([{}, {}])
    const worker = await trial.worker()
    await worker.run(completed)
    await worker.run(failed, 'failed')
    expect(await trial.cause('cancel', [completed, failed])).toEqual([])
    expect([await trial.status(completed), await trial.status(failed)]).toEqual(['completed', 'failed'])
  }),

  claimRule('cancel-005', 'what was cancelled while it waited never starts', async (trial) => {
    const [ready, limited, due] = await trial.addAll([{}, { limitKey: 'key', limitMax: 1 }, { delayMs: 5 }])
    await trial.cause('cancel', [ready, limited, due])
    await trial.pass(6)
    expect(await trial.log.promote(10)).toEqual({ promoted: 0, nextDueMs: null })
    const worker = await trial.worker()
    expect(await worker.claim(QUEUE)).toEqual([])
    expect(await worker.claimIds([ready, limited, due])).toEqual([])
    expect(await worker.settle({ id: ready, token: createToken() }, 'completed')).toMatchObject({
      accepted: false,
    })
  }),

  claimRule('cancel-006', 'cancelling a ready entry frees its slot', async (trial) => {
    const [first, second] = await trial.addAll([
      { limitKey: 'key', limitMax: 1 },
      { limitKey: 'key', limitMax: 1 },
    ])
    expect(await trial.log.promote(10)).toMatchObject({ promoted: 1 })
    await trial.cause('cancel', first)
    expect(await trial.log.promote(10)).toMatchObject({ promoted: 1 })
    expect(await trial.get(second)).toMatchObject({ hold: null })
  }),

  claimRule('cancel-007', 'a retry that waits for its next attempt can be cancelled', async (trial) => {
    const id = await trial.add()
    await (await trial.worker()).run(id, 'retry', { delayMs: 60_000 })
    expect(await trial.cause('cancel', id)).toEqual([id])
    expect(await trial.get(id)).toMatchObject({ status: 'cancelled', attempt: 1, hold: null })
  }),
]
