import { createTaskId, createToken } from '@waybill/core'
import { expect } from 'vitest'
import { claimRule, type TaskLogRule } from './task-log-rule.ts'
import { openTask, settlement } from './test-worker.ts'
import { QUEUE } from './trial.ts'

/** How held tasks leave their worker. */
export const settleRules: readonly TaskLogRule[] = [
  claimRule('settle-001', 'a completed task ends with its report, outcome and time', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    const claim = await worker.take(id)
    const before = await trial.log.now()
    const answer = await worker.settle(claim, 'completed', {
      report: '"success"',
      progress: '"3 done"',
    })
    expect(answer).toEqual({ id, accepted: true, status: 'completed' })
    const record = await trial.get(id)
    expect(record).toMatchObject({
      status: 'completed',
      outcome: 'completed',
      reason: null,
      report: '"success"',
      progress: '"3 done"',
      attempt: 1,
      worker: worker.id,
      hold: null,
    })
    expect(record.finishedAt).toBeGreaterThanOrEqual(before)
    expect(record.finishedAt).toBeLessThanOrEqual(await trial.log.now())
    expect(record.updatedAt).toBe(record.finishedAt)
  }),

  claimRule('settle-002', 'a failed task ends with its reason', async (trial) => {
    const id = await trial.add()
    await (await trial.worker()).run(id, 'failed', { reason: 'timeout', report: '"error"' })
    expect(await trial.get(id)).toMatchObject({
      status: 'failed',
      outcome: 'failed',
      reason: 'timeout',
      report: '"error"',
    })
  }),

  claimRule('settle-003', 'a task that its worker gave up for a cancel ends as cancelled', async (trial) => {
    const id = await trial.add()
    await (await trial.worker()).run(id, 'cancelled', { reason: 'cancelled' })
    expect(await trial.get(id)).toMatchObject({
      status: 'cancelled',
      outcome: 'cancelled',
      reason: 'cancelled',
    })
  }),

  claimRule('settle-004', 'a retry is queued again and stays counted', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    const answer = await worker.settle(await worker.take(id), 'retry', {
      reason: 'error',
      report: '"error"',
    })
    expect(answer).toEqual({ id, accepted: true, status: 'enqueued' })
    expect(await trial.get(id)).toMatchObject({
      status: 'enqueued',
      hold: null,
      attempt: 1,
      reason: 'error',
      report: '"error"',
      worker: null,
      outcome: null,
      finishedAt: null,
    })
  }),

  claimRule('settle-005', 'a release is queued again and gives its attempt back', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    await worker.run(id, 'release', { reason: 'shutdown' })
    expect(await trial.get(id)).toMatchObject({
      status: 'enqueued',
      attempt: 0,
      reason: 'shutdown',
      worker: null,
    })
    expect(await worker.take(id)).toMatchObject({ attempt: 1 })
  }),

  claimRule('settle-006', 'a delayed retry is due that much later', async (trial) => {
    const id = await trial.add()
    await (await trial.worker()).run(id, 'retry', { delayMs: 1_234 })
    const { hold, dueAt, updatedAt } = await trial.get(id)
    expect({ hold, delay: dueAt - updatedAt }).toEqual({ hold: 'due', delay: 1_234 })
  }),

  claimRule('settle-007', 'a delayed release is due that much later', async (trial) => {
    const id = await trial.add()
    await (await trial.worker()).run(id, 'release', { delayMs: 60_000, startedAgoMs: null })
    const { hold, dueAt, updatedAt } = await trial.get(id)
    expect({ hold, delay: dueAt - updatedAt }).toEqual({ hold: 'due', delay: 60_000 })
  }),

  claimRule('settle-008', 'a retry at once is due now', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    await trial.pass(5)
    await worker.run(id, 'retry')
    const { dueAt, updatedAt } = await trial.get(id)
    expect(dueAt).toBe(updatedAt)
  }),

  claimRule('settle-009', 'a retry with a limit key waits for a slot again', async (trial) => {
    const id = await trial.add({ limitKey: 'key', limitMax: 1 })
    await trial.log.promote(1)
    await (await trial.worker()).run(id, 'retry')
    expect(await trial.get(id)).toMatchObject({ status: 'enqueued', hold: 'limit' })
  }),

  claimRule('settle-010', 'a report or progress of null leaves what was there', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    const claim = await worker.take(id)
    await worker.beat({ open: [openTask(claim, { report: '"info"', progress: '"1 done"' })] })
    await worker.settle(claim, 'completed')
    expect(await trial.get(id)).toMatchObject({ report: '"info"', progress: '"1 done"' })
  }),

  claimRule('settle-011', 'settlements are answered one by one, in order', async (trial) => {
    const ids = await trial.addMany(5)
    const claims = await (await trial.worker()).claim(QUEUE)
    const shuffled = [3, 0, 4, 1, 2].flatMap((index) => claims[index] ?? [])
    const answers = await trial.log.settle(
      shuffled.map((claim, index) => settlement(claim, index % 2 === 0 ? 'completed' : 'failed')),
    )
    expect(answers).toEqual(
      shuffled.map(({ id }, index) => ({
        id,
        accepted: true,
        status: index % 2 === 0 ? 'completed' : 'failed',
      })),
    )
    expect(shuffled.map(({ id }) => id).sort()).toEqual([...ids].sort())
  }),

  claimRule('settle-012', 'no settlements are answered with nothing', async (trial) => {
    expect(await trial.log.settle([])).toEqual([])
  }),

  claimRule(
    'settle-013',
    'a settlement whose reply was lost is accepted again and changes nothing',
    async (trial) => {
      const id = await trial.add()
      const worker = await trial.worker()
      const claim = await worker.take(id)
      const sent = settlement(claim, 'completed', { report: '"success"' })
      await trial.log.settle([sent])
      const record = await trial.get(id)
      await trial.pass(5)
      expect(await trial.log.settle([sent])).toEqual([{ id, accepted: true, status: 'completed' }])
      expect(await trial.get(id)).toEqual(record)
    },
  ),

  claimRule(
    'settle-014',
    'a retry whose reply was lost is accepted again and changes nothing',
    async (trial) => {
      const id = await trial.add()
      const worker = await trial.worker()
      const sent = settlement(await worker.take(id), 'retry', { delayMs: 1_000, reason: 'error' })
      await trial.log.settle([sent])
      const record = await trial.get(id)
      await trial.pass(5)
      expect(await trial.log.settle([sent])).toEqual([{ id, accepted: true, status: 'enqueued' }])
      expect(await trial.get(id)).toEqual(record)
    },
  ),

  claimRule('settle-015', 'a repeated retry is refused once the task was claimed again', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    const sent = settlement(await worker.take(id), 'retry')
    await trial.log.settle([sent])
    await worker.take(id)
    const record = await trial.get(id)
    expect(await trial.log.settle([sent])).toEqual([{ id, accepted: false, status: 'dequeued' }])
    expect(await trial.get(id)).toEqual(record)
  }),

  claimRule(
    'settle-016',
    'one call may settle a task and repeat the settlement of another',
    async (trial) => {
      const [first, second] = await trial.addAll([{}, {}])
      const worker = await trial.worker()
      const repeated = settlement(await worker.take(first), 'completed')
      await trial.log.settle([repeated])
      const answers = await trial.log.settle([repeated, settlement(await worker.take(second), 'failed')])
      expect(answers).toEqual([
        { id: first, accepted: true, status: 'completed' },
        { id: second, accepted: true, status: 'failed' },
      ])
    },
  ),

  claimRule(
    'settle-017',
    'a settlement under another token is refused and changes nothing',
    async (trial) => {
      const id = await trial.add()
      const worker = await trial.worker()
      await worker.take(id)
      const record = await trial.get(id)
      const answer = await worker.settle({ id, token: createToken() }, 'completed', { report: '"zombie"' })
      expect(answer).toEqual({ id, accepted: false, status: 'dequeued' })
      expect(await trial.get(id)).toEqual(record)
    },
  ),

  claimRule('settle-018', 'a settlement of a task that was never claimed is refused', async (trial) => {
    const id = await trial.add()
    const answer = await (await trial.worker()).settle({ id, token: createToken() }, 'completed')
    expect(answer).toEqual({ id, accepted: false, status: 'enqueued' })
    expect(await trial.status(id)).toBe('enqueued')
  }),

  claimRule(
    'settle-019',
    'a settlement of a task that does not exist is refused, without a status',
    async (trial) => {
      const id = createTaskId(Date.now())
      const answer = await (await trial.worker()).settle({ id, token: createToken() }, 'completed')
      expect(answer).toEqual({ id, accepted: false, status: null })
    },
  ),

  claimRule(
    'settle-020',
    'a refused settlement does not keep those beside it from being accepted',
    async (trial) => {
      const [held, other] = await trial.addAll([{}, {}])
      const worker = await trial.worker()
      const claim = await worker.take(held)
      const answers = await trial.log.settle([
        settlement({ id: other, token: createToken() }, 'completed'),
        settlement(claim, 'completed'),
      ])
      expect(answers.map(({ accepted }) => accepted)).toEqual([false, true])
      expect([await trial.status(other), await trial.status(held)]).toEqual(['enqueued', 'completed'])
    },
  ),

  claimRule(
    'settle-021',
    'the start is as long ago as the worker says, by the clock of the log',
    async (trial) => {
      const id = await trial.add()
      const worker = await trial.worker()
      const claim = await worker.take(id)
      await trial.pass(60)
      await worker.settle(claim, 'completed', { startedAgoMs: 20 })
      const { startedAt, finishedAt } = await trial.get(id)
      expect((finishedAt ?? 0) - (startedAt ?? 0)).toBe(20)
    },
  ),

  claimRule('settle-022', 'no start is before the claim', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    await worker.settle(await worker.take(id), 'completed', { startedAgoMs: 3_600_000 })
    const { startedAt, claimedAt } = await trial.get(id)
    expect(startedAt).toBe(claimedAt)
  }),

  claimRule('settle-023', 'a start that was written before stays', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    const claim = await worker.take(id)
    await trial.log.start([claim])
    const { startedAt } = await trial.get(id)
    await trial.pass(10)
    await worker.settle(claim, 'completed', { startedAgoMs: 0 })
    expect(await trial.get(id)).toMatchObject({ startedAt })
  }),

  claimRule('settle-024', 'a task that never started has no start', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    await worker.settle(await worker.take(id), 'failed', { startedAgoMs: null, reason: 'undecodable' })
    expect(await trial.get(id)).toMatchObject({ startedAt: null, reason: 'undecodable' })
  }),

  claimRule('settle-025', 'a fraction of a millisecond is rounded, not refused', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    const claim = await worker.take(id)
    await trial.pass(20)
    await worker.settle(claim, 'completed', { startedAgoMs: 3.4 })
    const { startedAt, finishedAt } = await trial.get(id)
    expect((finishedAt ?? 0) - (startedAt ?? 0)).toBe(3)
  }),

  claimRule(
    'settle-026',
    'a retry or release of a task that was asked to cancel ends as cancelled',
    async (trial) => {
      const worker = await trial.worker()
      for (const to of ['retry', 'release'] as const) {
        const id = await trial.add()
        const claim = await worker.take(id)
        await trial.log.requestCancel([id])
        expect(await worker.settle(claim, to)).toEqual({ id, accepted: true, status: 'cancelled' })
        expect(await trial.get(id)).toMatchObject({
          status: 'cancelled',
          outcome: 'cancelled',
          reason: 'cancelled',
        })
      }
    },
  ),

  claimRule(
    'settle-027',
    'a task that completes though it was asked to cancel is completed',
    async (trial) => {
      const id = await trial.add()
      const worker = await trial.worker()
      const claim = await worker.take(id)
      await trial.log.requestCancel([id])
      await worker.settle(claim, 'completed')
      expect(await trial.get(id)).toMatchObject({
        status: 'completed',
        outcome: 'completed',
        cancelRequested: true,
      })
    },
  ),

  claimRule('settle-028', 'a running task is settled like a dequeued one', async (trial) => {
    const worker = await trial.worker()
    for (const [to, status] of [
      ['completed', 'completed'],
      ['failed', 'failed'],
      ['cancelled', 'cancelled'],
      ['retry', 'enqueued'],
      ['release', 'enqueued'],
    ] as const) {
      const id = await trial.add()
      const claim = await worker.take(id)
      await trial.log.start([claim])
      expect(await worker.settle(claim, to), to).toEqual({ id, accepted: true, status })
    }
  }),

  claimRule('settle-029', 'one call settles hundreds of tasks in every way', async (trial) => {
    await trial.addMany(300)
    const claims = await (await trial.worker()).claim(QUEUE, 300)
    expect(claims).toHaveLength(300)
    const ways = ['completed', 'failed', 'retry'] as const
    const answers = await trial.log.settle(
      claims.map((claim, index) => settlement(claim, ways[index % 3] ?? 'failed', { report: `"${index}"` })),
    )
    expect(answers.every(({ accepted }) => accepted)).toBe(true)
    const records = new Map(
      (await trial.log.find(claims.map(({ id }) => id))).map((record) => [record.id, record]),
    )
    for (const [index, { id }] of claims.entries()) {
      const status = (['completed', 'failed', 'enqueued'] as const)[index % 3]
      expect(records.get(id)).toMatchObject({ status, report: `"${index}"` })
    }
  }),

  claimRule('settle-030', 'what is settled is claimed by nobody', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    await worker.run(id)
    expect(await worker.claim(QUEUE)).toEqual([])
    expect(await trial.recover()).toEqual([])
  }),
]
