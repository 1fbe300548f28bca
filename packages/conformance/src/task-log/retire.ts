import { expect } from 'vitest'
import { claimRule, type TaskLogRule } from './task-log-rule.ts'
import { QUEUE } from './trial.ts'

/** Workers that leave. */
export const retireRules: readonly TaskLogRule[] = [
  claimRule('retire-001', 'a worker that retires is forgotten, the others are not', async (trial) => {
    const [leaving, staying] = [await trial.worker(), await trial.worker()]
    await trial.log.retire(leaving.id)
    expect((await trial.log.workerStates()).map(({ worker }) => worker)).toEqual([staying.id])
  }),

  claimRule(
    'retire-002',
    'what it still holds is given back at once, as from a dead worker',
    async (trial) => {
      const [dequeued, running, last, others] = await trial.addAll([{}, {}, { maxAttempts: 1 }, {}])
      const [leaving, staying] = [await trial.worker(), await trial.worker()]
      await leaving.take(dequeued)
      await trial.log.start([await leaving.take(running), await leaving.take(last)])
      await staying.take(others)
      await trial.log.retire(leaving.id)
      const back = { status: 'enqueued', attempt: 1, reason: 'worker_died', worker: null, hold: null }
      expect(await trial.get(dequeued)).toMatchObject(back)
      expect(await trial.get(running)).toMatchObject(back)
      expect(await trial.get(last)).toMatchObject({ status: 'failed', reason: 'worker_died', attempt: 1 })
      expect(await trial.get(others)).toMatchObject({ status: 'dequeued', worker: staying.id })
    },
  ),

  claimRule(
    'retire-003',
    'a task that was asked to cancel becomes cancelled when its worker retires',
    async (trial) => {
      const id = await trial.add()
      const worker = await trial.worker()
      await worker.take(id)
      await trial.log.requestCancel([id])
      await trial.log.retire(worker.id)
      expect(await trial.get(id)).toMatchObject({ status: 'cancelled', reason: 'cancelled' })
    },
  ),

  claimRule('retire-004', 'the reports of a retired worker are refused', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    const claim = await worker.take(id)
    await trial.log.retire(worker.id)
    expect(await worker.settle(claim, 'completed')).toMatchObject({ accepted: false })
    expect(await trial.status(id)).toBe('enqueued')
  }),

  claimRule('retire-005', 'an unknown worker retires without a trace', async (trial) => {
    const worker = await trial.worker()
    await trial.log.retire('nobody')
    expect((await trial.log.workerStates()).map((state) => state.worker)).toEqual([worker.id])
  }),

  claimRule('retire-006', 'a worker that returns after it retired begins anew', async (trial) => {
    const worker = await trial.worker()
    await trial.log.retire(worker.id)
    expect(await worker.beat()).toMatchObject({ expired: true })
    const id = await trial.add()
    await worker.take(id)
    await trial.expire(worker)
    expect(await trial.recover()).toMatchObject([{ id, queue: QUEUE, worker: worker.id }])
  }),

  claimRule(
    'retire-007',
    'a task that is claimed by a worker the log has forgotten is not lost',
    async (trial) => {
      const id = await trial.add()
      const worker = await trial.worker()
      await trial.log.retire(worker.id)
      await worker.take(id)
      expect(await trial.recover()).toMatchObject([{ id, worker: worker.id, status: 'enqueued' }])
      expect(await trial.status(id)).toBe('enqueued')
    },
  ),
]
