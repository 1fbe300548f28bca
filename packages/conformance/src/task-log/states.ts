import type { QueueState } from '@waybill/core'
import { expect } from 'vitest'
import { claimRule, type TaskLogRule } from './task-log-rule.ts'
import type { ClaimTrial } from './trial.ts'

async function queue(trial: ClaimTrial, name: string): Promise<QueueState | undefined> {
  return (await trial.log.queueStates()).find((state) => state.queue === name)
}

/** What the log knows of queues and workers. */
export const stateRules: readonly TaskLogRule[] = [
  claimRule('queue-001', 'a queue counts what is ready, due, limited and held', async (trial) => {
    await trial.addMany(3, () => ({ queue: 'q', limitKey: 'key', limitMax: 1 }))
    await trial.log.promote(1)
    const [dequeued, running, done] = await trial.addAll([{ queue: 'q' }, { queue: 'q' }, { queue: 'q' }])
    await trial.addAll([{ queue: 'q' }, { queue: 'q', delayMs: 60_000 }, { queue: 'other' }])
    const worker = await trial.worker()
    await worker.take(dequeued)
    await trial.log.start([await worker.take(running)])
    await worker.run(done)
    expect(await queue(trial, 'q')).toMatchObject({
      queue: 'q',
      paused: false,
      concurrency: null,
      ready: 2,
      due: 1,
      limited: 2,
      held: 2,
    })
    expect(await queue(trial, 'other')).toMatchObject({ ready: 1, due: 0, limited: 0, held: 0 })
  }),

  claimRule('queue-002', 'a queue knows its oldest ready entry', async (trial) => {
    const first = await trial.add({ queue: 'q' })
    await trial.pass(3)
    const second = await trial.add({ queue: 'q' })
    expect(await queue(trial, 'q')).toMatchObject({ oldestReadyAt: (await trial.get(first)).createdAt })
    const worker = await trial.worker()
    await worker.take(first)
    expect(await queue(trial, 'q')).toMatchObject({ oldestReadyAt: (await trial.get(second)).createdAt })
    await worker.take(second)
    expect(await queue(trial, 'q')).toMatchObject({ oldestReadyAt: null, held: 2 })
  }),

  claimRule('queue-003', 'pausing leaves the concurrency, and the other way round', async (trial) => {
    await trial.log.setQueue('q', { concurrency: 5 })
    await trial.log.setQueue('q', { paused: true })
    expect(await queue(trial, 'q')).toMatchObject({ paused: true, concurrency: 5 })
    await trial.log.setQueue('q', { concurrency: null })
    expect(await queue(trial, 'q')).toMatchObject({ paused: true, concurrency: null })
    await trial.log.setQueue('q', { paused: false, concurrency: 2 })
    expect(await queue(trial, 'q')).toMatchObject({ paused: false, concurrency: 2 })
  }),

  claimRule('queue-004', 'a queue that was set up is known before it has an entry', async (trial) => {
    await trial.log.setQueue('q', { paused: false })
    expect(await queue(trial, 'q')).toEqual({
      queue: 'q',
      paused: false,
      concurrency: null,
      ready: 0,
      due: 0,
      limited: 0,
      held: 0,
      oldestReadyAt: null,
    })
  }),

  claimRule('queue-005', 'queues are told apart by case and trailing space', async (trial) => {
    await trial.addAll([{ queue: 'q' }, { queue: 'Q' }, { queue: 'q ' }])
    await trial.log.setQueue('q', { paused: true })
    expect(await queue(trial, 'q')).toMatchObject({ ready: 1, paused: true })
    expect(await queue(trial, 'Q')).toMatchObject({ ready: 1, paused: false })
    expect(await queue(trial, 'q ')).toMatchObject({ ready: 1, paused: false })
  }),

  claimRule('queue-006', 'pausing holds back new claims, not what is held', async (trial) => {
    const id = await trial.add({ queue: 'q' })
    const worker = await trial.worker()
    const claim = await worker.take(id)
    await trial.log.setQueue('q', { paused: true })
    expect(await worker.settle(claim, 'completed')).toMatchObject({ accepted: true })
  }),

  claimRule('worker-001', 'a worker is known by what it said and what it holds', async (trial) => {
    const before = await trial.log.now()
    const worker = await trial.worker()
    await worker.beat({ info: '"host a"', leaseMs: 60_000 })
    const ids = await trial.addMany(3)
    const [first] = await worker.claimIds(ids)
    await trial.log.start(first === undefined ? [] : [first])
    const [state, ...others] = await trial.log.workerStates()
    expect(others).toEqual([])
    expect(state).toMatchObject({ worker: worker.id, info: '"host a"', alive: true, held: 3 })
    expect(state?.startedAt).toBeGreaterThanOrEqual(before)
    expect(state?.startedAt).toBeLessThanOrEqual(state?.beatAt ?? 0)
  }),

  claimRule('worker-002', 'a worker whose lease ran out is known and not alive', async (trial) => {
    const worker = await trial.worker()
    await trial.expire(worker)
    expect(await trial.log.workerStates()).toMatchObject([{ worker: worker.id, alive: false, held: 0 }])
  }),

  claimRule('worker-003', 'a worker no longer holds what it settled', async (trial) => {
    const ids = await trial.addMany(3)
    const worker = await trial.worker()
    await worker.run(ids[0] ?? '')
    await worker.run(ids[1] ?? '', 'retry', { delayMs: 60_000 })
    await worker.take(ids[2] ?? '')
    expect(await trial.log.workerStates()).toMatchObject([{ worker: worker.id, held: 1 }])
  }),

  claimRule('worker-004', 'beats move the time of the last beat, not that of the first', async (trial) => {
    const worker = await trial.worker()
    const [first] = await trial.log.workerStates()
    await trial.pass(5)
    await worker.beat()
    const [state] = await trial.log.workerStates()
    expect(state?.startedAt).toBe(first?.startedAt)
    expect((state?.beatAt ?? 0) - (first?.beatAt ?? 0)).toBeGreaterThanOrEqual(5)
  }),
]
