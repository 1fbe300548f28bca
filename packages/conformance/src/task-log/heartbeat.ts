import { createTaskId, createToken } from '@waybill/core'
import { expect } from 'vitest'
import { claimRule, type TaskLogRule } from './task-log-rule.ts'
import { openTask } from './test-worker.ts'
import { QUEUE } from './trial.ts'

/** A worker's sign of life, and what it brings back. */
export const heartbeatRules: readonly TaskLogRule[] = [
  claimRule('heartbeat-001', 'the first beat finds no lease, the next one finds its own', async (trial) => {
    const beat = { worker: 'w', leaseMs: 60_000, info: null, open: [] }
    expect(await trial.log.heartbeat(beat)).toEqual({ expired: true, cancelRequested: [], lost: [] })
    expect(await trial.log.heartbeat(beat)).toEqual({ expired: false, cancelRequested: [], lost: [] })
  }),

  claimRule('heartbeat-002', 'a beat after the lease ran out says so, and renews it', async (trial) => {
    const worker = await trial.worker()
    await trial.expire(worker)
    expect(await worker.beat()).toMatchObject({ expired: true })
    expect(await worker.beat()).toMatchObject({ expired: false })
    expect(await trial.log.workerStates()).toMatchObject([{ worker: worker.id, alive: true }])
  }),

  claimRule('heartbeat-003', 'the lease runs from the beat, by the clock of the log', async (trial) => {
    const worker = await trial.worker()
    await trial.pass(5)
    await worker.beat({ leaseMs: 12_345 })
    const [state] = await trial.log.workerStates()
    expect((state?.leaseUntil ?? 0) - (state?.beatAt ?? 0)).toBe(12_345)
    expect(state?.beatAt ?? 0).toBeGreaterThanOrEqual((state?.startedAt ?? 0) + 5)
    expect(state?.beatAt ?? 0).toBeLessThanOrEqual(await trial.log.now())
  }),

  claimRule(
    'heartbeat-004',
    'the open tasks are running since they began, the others still wait',
    async (trial) => {
      const [open, other] = await trial.addAll([{}, {}])
      const worker = await trial.worker()
      const claim = await worker.take(open)
      await worker.take(other)
      await trial.pass(60)
      await worker.beat({ open: [openTask(claim, { startedAgoMs: 20 })] })
      const record = await trial.get(open)
      expect(record).toMatchObject({ status: 'running', attempt: 1 })
      expect(record.updatedAt - (record.startedAt ?? 0)).toBe(20)
      expect(await trial.get(other)).toMatchObject({ status: 'dequeued', startedAt: null })
    },
  ),

  claimRule('heartbeat-005', 'no start is before the claim', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    const claim = await worker.take(id)
    await worker.beat({ open: [openTask(claim, { startedAgoMs: 3_600_000 })] })
    const { startedAt, claimedAt } = await trial.get(id)
    expect(startedAt).toBe(claimedAt)
  }),

  claimRule('heartbeat-006', 'a start that was written stays', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    const claim = await worker.take(id)
    await worker.beat({ open: [openTask(claim)] })
    const { startedAt } = await trial.get(id)
    await trial.pass(5)
    await worker.beat({ open: [openTask(claim)] })
    expect(await trial.get(id)).toMatchObject({ startedAt, status: 'running' })
  }),

  claimRule('heartbeat-007', 'progress and report are written; null leaves them', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    const claim = await worker.take(id)
    await worker.beat({ open: [openTask(claim, { progress: '"a third"', report: '"so far"' })] })
    expect(await trial.get(id)).toMatchObject({ progress: '"a third"', report: '"so far"' })
    await worker.beat({ open: [openTask(claim, { progress: '"half"' })] })
    await worker.beat({ open: [openTask(claim)] })
    expect(await trial.get(id)).toMatchObject({ progress: '"half"', report: '"so far"' })
  }),

  claimRule(
    'heartbeat-008',
    'a beat brings back every task it holds that was asked to cancel',
    async (trial) => {
      const [open, waiting, others, calm] = await trial.addAll([{}, {}, {}, {}])
      const [worker, other] = [await trial.worker(), await trial.worker()]
      const claim = await worker.take(open)
      await worker.take(waiting)
      await worker.take(calm)
      await other.take(others)
      await trial.log.requestCancel([open, waiting, others])
      const { cancelRequested } = await worker.beat({ open: [openTask(claim)] })
      expect([...cancelRequested].sort()).toEqual([open, waiting])
      expect(await other.beat()).toMatchObject({ cancelRequested: [others] })
    },
  ),

  claimRule('heartbeat-009', 'a beat does not bring back what it no longer holds', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    const claim = await worker.take(id)
    await trial.log.requestCancel([id])
    await worker.settle(claim, 'cancelled', { reason: 'cancelled' })
    expect(await worker.beat()).toEqual({ expired: false, cancelRequested: [], lost: [] })
  }),

  claimRule(
    'heartbeat-010',
    'a beat learns which open tasks are lost, and writes nothing to them',
    async (trial) => {
      const [mine, done, others] = await trial.addAll([{}, {}, {}])
      const [worker, other] = [await trial.worker(), await trial.worker()]
      const claim = await worker.take(mine)
      const settled = await worker.run(done)
      await other.take(others)
      const before = new Set(await trial.log.find([done, others]))
      const gone = { id: createTaskId(Date.now()), token: createToken() }
      const { lost } = await worker.beat({
        open: [claim, settled, { id: others, token: createToken() }, gone].map((task) =>
          openTask(task, { progress: '"late"', report: '"late"' }),
        ),
      })
      expect([...lost].sort()).toEqual([done, others, gone.id].sort())
      expect(new Set(await trial.log.find([done, others]))).toEqual(before)
      expect(await trial.get(mine)).toMatchObject({ status: 'running', progress: '"late"' })
    },
  ),

  claimRule('heartbeat-011', 'facts about a worker stay until they are replaced', async (trial) => {
    const worker = await trial.worker()
    await worker.beat({ info: '"host a"' })
    await worker.beat({ info: null })
    expect(await trial.log.workerStates()).toMatchObject([{ info: '"host a"' }])
    await worker.beat({ info: '"host b"' })
    expect(await trial.log.workerStates()).toMatchObject([{ info: '"host b"' }])
  }),

  claimRule('heartbeat-012', 'one beat keeps everything its worker holds', async (trial) => {
    await trial.addMany(200)
    const worker = await trial.worker()
    const claims = await worker.claim(QUEUE, 200)
    await worker.beat({ leaseMs: 1 })
    await worker.beat()
    await trial.pass(3)
    expect(await trial.recover()).toEqual([])
    expect(claims).toHaveLength(200)
  }),

  claimRule('heartbeat-013', 'one beat writes down hundreds of open tasks', async (trial) => {
    const ids = await trial.addMany(300)
    const worker = await trial.worker()
    const claims = await worker.claim(QUEUE, 300)
    expect(claims).toHaveLength(300)
    await worker.beat({ open: claims.map((claim, index) => openTask(claim, { progress: `"${index}"` })) })
    const records = new Map((await trial.log.find(ids)).map((record) => [record.id, record]))
    for (const [index, { id }] of claims.entries()) {
      expect(records.get(id)).toMatchObject({ status: 'running', progress: `"${index}"` })
    }
  }),

  claimRule('heartbeat-014', 'a second attempt has a start of its own', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    const first = await worker.take(id)
    await worker.beat({ open: [openTask(first)] })
    await worker.settle(first, 'retry')
    await trial.pass(5)
    const second = await worker.take(id)
    await worker.beat({ open: [openTask(second)] })
    const { startedAt, claimedAt } = await trial.get(id)
    expect(startedAt ?? 0).toBeGreaterThanOrEqual(claimedAt ?? Number.NaN)
  }),
]
