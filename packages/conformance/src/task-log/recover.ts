import { expect } from 'vitest'
import { claimRule, type TaskLogRule } from './task-log-rule.ts'
import { openTask, settlement } from './test-worker.ts'
import { QUEUE } from './trial.ts'

/** Taking tasks from dead workers. */
export const recoverRules: readonly TaskLogRule[] = [
  claimRule('recover-001', 'a task of a worker whose lease ran out is queued again', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    await worker.take(id)
    await trial.expire(worker)
    expect(await trial.recover()).toEqual([
      { id, queue: QUEUE, worker: worker.id, status: 'enqueued', attempt: 1 },
    ])
    expect(await trial.get(id)).toMatchObject({
      status: 'enqueued',
      hold: null,
      worker: null,
      reason: 'worker_died',
      outcome: null,
      finishedAt: null,
    })
  }),

  claimRule('recover-002', 'a task of a worker that is alive is left alone', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    await worker.take(id)
    const record = await trial.get(id)
    expect(await trial.recover()).toEqual([])
    expect(await trial.get(id)).toEqual(record)
  }),

  claimRule('recover-003', 'a worker that beats in time keeps its tasks', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    await worker.take(id)
    await worker.beat({ leaseMs: 1 })
    await worker.beat()
    await trial.pass(3)
    expect(await trial.recover()).toEqual([])
    expect(await trial.status(id)).toBe('dequeued')
  }),

  claimRule('recover-004', 'each task is recovered once', async (trial) => {
    await trial.add()
    const worker = await trial.worker()
    await worker.claim(QUEUE)
    await trial.expire(worker)
    expect(await trial.recover()).toHaveLength(1)
    expect(await trial.recover()).toEqual([])
  }),

  claimRule('recover-005', 'the report of a zombie is refused once its task was recovered', async (trial) => {
    const id = await trial.add()
    const zombie = await trial.worker()
    const claim = await zombie.take(id)
    await trial.expire(zombie)
    await trial.recover()
    const record = await trial.get(id)
    expect(await zombie.settle(claim, 'completed')).toEqual({ id, accepted: false, status: 'enqueued' })
    expect(await trial.get(id)).toEqual(record)
  }),

  claimRule(
    'recover-006',
    'the report of a zombie is refused while another worker has its task',
    async (trial) => {
      const id = await trial.add()
      const [zombie, other] = [await trial.worker(), await trial.worker()]
      const claim = await zombie.take(id)
      await trial.log.start([claim])
      await trial.expire(zombie)
      await trial.recover()
      const current = await other.take(id)
      await trial.log.start([current])
      expect(await zombie.settle(claim, 'failed')).toEqual({ id, accepted: false, status: 'running' })
      expect(await other.settle(current, 'completed')).toMatchObject({ accepted: true, status: 'completed' })
    },
  ),

  claimRule(
    'recover-007',
    'the report of a zombie is refused when the same worker claimed its task again',
    async (trial) => {
      const id = await trial.add()
      const worker = await trial.worker()
      const late = await worker.take(id)
      await trial.expire(worker)
      await trial.recover()
      await worker.beat()
      const current = await worker.take(id)
      expect(await worker.settle(late, 'completed')).toMatchObject({ accepted: false })
      expect(await worker.settle(current, 'completed')).toMatchObject({ accepted: true })
    },
  ),

  claimRule(
    'recover-008',
    'a report that comes after the lease but before the recovery is accepted',
    async (trial) => {
      const id = await trial.add()
      const worker = await trial.worker()
      const claim = await worker.take(id)
      await trial.expire(worker)
      expect(await worker.settle(claim, 'completed')).toMatchObject({ accepted: true })
      expect(await trial.recover()).toEqual([])
      expect(await trial.status(id)).toBe('completed')
    },
  ),

  claimRule(
    'recover-009',
    'a dequeued task of a first attempt may have started: the attempt counts',
    async (trial) => {
      const id = await trial.add({ maxAttempts: 3 })
      const worker = await trial.worker()
      await worker.take(id)
      await trial.expire(worker)
      expect(await trial.recover()).toMatchObject([{ attempt: 1, status: 'enqueued' }])
      expect(await trial.get(id)).toMatchObject({ attempt: 1 })
    },
  ),

  claimRule(
    'recover-010',
    'a dequeued task of a later attempt has not started: the attempt is given back',
    async (trial) => {
      const id = await trial.add({ maxAttempts: 5 })
      const worker = await trial.worker()
      await worker.run(id, 'retry')
      await worker.take(id)
      await trial.expire(worker)
      expect(await trial.recover()).toMatchObject([{ attempt: 1, status: 'enqueued' }])
      expect(await trial.get(id)).toMatchObject({ attempt: 1 })
    },
  ),

  claimRule(
    'recover-011',
    'a dequeued task of an only attempt has not started: the attempt is given back',
    async (trial) => {
      const id = await trial.add({ maxAttempts: 1 })
      const worker = await trial.worker()
      await worker.take(id)
      await trial.expire(worker)
      expect(await trial.recover()).toMatchObject([{ attempt: 0, status: 'enqueued' }])
      expect(await trial.get(id)).toMatchObject({ status: 'enqueued', attempt: 0 })
    },
  ),

  claimRule(
    'recover-012',
    'a dequeued task of a last attempt has not started: it is tried again',
    async (trial) => {
      const id = await trial.add({ maxAttempts: 2 })
      const worker = await trial.worker()
      await worker.run(id, 'retry')
      await worker.take(id)
      await trial.expire(worker)
      expect(await trial.recover()).toMatchObject([{ attempt: 1, status: 'enqueued' }])
      expect(await worker.take(id)).toMatchObject({ attempt: 2 })
    },
  ),

  claimRule('recover-013', 'a running task has started: its attempt counts', async (trial) => {
    const id = await trial.add({ maxAttempts: 3 })
    const worker = await trial.worker()
    await worker.run(id, 'retry')
    await trial.log.start([await worker.take(id)])
    await trial.expire(worker)
    expect(await trial.recover()).toMatchObject([{ attempt: 2, status: 'enqueued' }])
  }),

  claimRule('recover-014', 'a task whose attempts are used up fails: its worker died', async (trial) => {
    const id = await trial.add({ maxAttempts: 1 })
    const worker = await trial.worker()
    await trial.log.start([await worker.take(id)])
    await trial.expire(worker)
    expect(await trial.recover()).toEqual([
      { id, queue: QUEUE, worker: worker.id, status: 'failed', attempt: 1 },
    ])
    const record = await trial.get(id)
    expect(record).toMatchObject({ status: 'failed', outcome: 'failed', reason: 'worker_died', attempt: 1 })
    expect(record.finishedAt).not.toBeNull()
  }),

  claimRule(
    'recover-015',
    'a task that kills its worker each time stops after its attempts',
    async (trial) => {
      const id = await trial.add({ maxAttempts: 3 })
      let starts = 0
      for (let round = 0; round < 10 && (await trial.status(id)) === 'enqueued'; round += 1) {
        const worker = await trial.worker()
        await trial.log.start([await worker.take(id)])
        starts += 1
        await trial.expire(worker)
        await trial.recover()
      }
      expect({ starts, ...(await trial.get(id)) }).toMatchObject({ starts: 3, status: 'failed', attempt: 3 })
    },
  ),

  claimRule('recover-016', 'a task that was asked to cancel becomes cancelled', async (trial) => {
    const id = await trial.add({ maxAttempts: 1 })
    const worker = await trial.worker()
    await trial.log.start([await worker.take(id)])
    await trial.log.requestCancel([id])
    await trial.expire(worker)
    expect(await trial.recover()).toMatchObject([{ id, status: 'cancelled' }])
    expect(await trial.get(id)).toMatchObject({
      status: 'cancelled',
      outcome: 'cancelled',
      reason: 'cancelled',
    })
  }),

  claimRule(
    'recover-017',
    'no more is recovered than the limit, and the next call goes on',
    async (trial) => {
      await trial.addMany(5)
      const worker = await trial.worker()
      await worker.claim(QUEUE)
      await trial.expire(worker)
      expect(await trial.recover({ limit: 2 })).toHaveLength(2)
      expect(await trial.recover({ limit: 2 })).toHaveLength(2)
      expect(await trial.recover({ limit: 2 })).toHaveLength(1)
      expect(await trial.recover({ limit: 2 })).toEqual([])
    },
  ),

  claimRule(
    'recover-018',
    'the first recovery is due at once, later ones wait longer and longer, up to a bound',
    async (trial) => {
      const id = await trial.add({ maxAttempts: 9 })
      const delays: number[] = []
      for (let round = 0; round < 5; round += 1) {
        const worker = await trial.worker()
        await trial.log.start([await worker.take(id)])
        await trial.expire(worker)
        await trial.recover({ baseDelayMs: 2, maxDelayMs: 20 })
        const { dueAt, updatedAt } = await trial.get(id)
        delays.push(dueAt - updatedAt)
        await trial.pass(21)
        await trial.log.promote(1)
      }
      expect(delays).toEqual([0, 2, 6, 14, 20])
    },
  ),

  claimRule('recover-019', 'a recovery that must wait holds the task until it is due', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    await worker.run(id, 'retry')
    await trial.log.start([await worker.take(id)])
    await trial.expire(worker)
    await trial.recover({ baseDelayMs: 60_000, maxDelayMs: 120_000 })
    expect(await trial.get(id)).toMatchObject({ status: 'enqueued', hold: 'due' })
  }),

  claimRule('recover-020', 'an attempt that is given back is due at once', async (trial) => {
    const id = await trial.add({ maxAttempts: 1 })
    const worker = await trial.worker()
    await worker.take(id)
    await trial.expire(worker)
    await trial.recover({ baseDelayMs: 60_000, maxDelayMs: 120_000 })
    expect(await trial.get(id)).toMatchObject({ status: 'enqueued', hold: null })
  }),

  claimRule('recover-021', 'a dead worker that holds nothing is forgotten', async (trial) => {
    const [dead, alive] = [await trial.worker(), await trial.worker()]
    await trial.add()
    await dead.claim(QUEUE)
    await trial.expire(dead)
    await trial.recover()
    await trial.recover()
    expect((await trial.log.workerStates()).map(({ worker }) => worker)).toEqual([alive.id])
  }),

  claimRule('recover-022', 'an ended task of a dead worker is left alone', async (trial) => {
    const ids = await trial.addAll([{}, {}, {}])
    const worker = await trial.worker()
    await worker.run(ids[0], 'completed')
    await worker.run(ids[1], 'failed')
    await worker.run(ids[2], 'retry')
    await trial.expire(worker)
    const before = new Set(await trial.log.find(ids))
    expect(await trial.recover()).toEqual([])
    expect(new Set(await trial.log.find(ids))).toEqual(before)
  }),

  claimRule('recover-023', 'a recovered task with a limit key waits for a slot again', async (trial) => {
    const id = await trial.add({ limitKey: 'key', limitMax: 1 })
    await trial.log.promote(1)
    const worker = await trial.worker()
    await worker.take(id)
    await trial.expire(worker)
    await trial.recover()
    expect(await trial.get(id)).toMatchObject({ status: 'enqueued', hold: 'limit' })
  }),

  claimRule('recover-024', 'the beat of a zombie learns what it lost and changes nothing', async (trial) => {
    const id = await trial.add()
    const zombie = await trial.worker()
    const claim = await zombie.take(id)
    await trial.expire(zombie)
    await trial.recover()
    const record = await trial.get(id)
    const answer = await zombie.beat({ open: [openTask(claim, { progress: '"late"' })] })
    expect(answer).toEqual({ expired: true, cancelRequested: [], lost: [id] })
    expect(await trial.get(id)).toEqual(record)
  }),

  claimRule('recover-025', 'the start of a zombie is refused', async (trial) => {
    const id = await trial.add()
    const zombie = await trial.worker()
    const claim = await zombie.take(id)
    await trial.expire(zombie)
    await trial.recover()
    expect(await trial.log.start([claim])).toEqual([])
    expect(await trial.status(id)).toBe('enqueued')
  }),

  claimRule(
    'recover-026',
    'a settlement that was accepted before the recovery is accepted again after it',
    async (trial) => {
      const id = await trial.add()
      const worker = await trial.worker()
      const sent = settlement(await worker.take(id), 'completed')
      await trial.log.settle([sent])
      await trial.expire(worker)
      await trial.recover()
      expect(await trial.log.settle([sent])).toEqual([{ id, accepted: true, status: 'completed' }])
    },
  ),
]
