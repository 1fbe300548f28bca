import { createTaskId } from '@waybill/core'
import { expect } from 'vitest'
import { claimRule, type TaskLogRule } from './task-log-rule.ts'

/** Asking holders to stop. */
export const requestCancelRules: readonly TaskLogRule[] = [
  claimRule(
    'request-001',
    'a held task is asked to cancel, and goes on until its holder ends it',
    async (trial) => {
      const [dequeued, running] = await trial.addAll([{}, {}])
      const worker = await trial.worker()
      await worker.take(dequeued)
      await trial.log.start([await worker.take(running)])
      expect([...(await trial.log.requestCancel([dequeued, running]))].sort()).toEqual([dequeued, running])
      expect(await trial.get(dequeued)).toMatchObject({ status: 'dequeued', cancelRequested: true })
      expect(await trial.get(running)).toMatchObject({ status: 'running', cancelRequested: true })
    },
  ),

  claimRule('request-002', 'what waits, has ended or does not exist is not asked', async (trial) => {
    const [waiting, ended] = await trial.addAll([{}, {}])
    await (await trial.worker()).run(ended)
    expect(await trial.log.requestCancel([waiting, ended, createTaskId(Date.now())])).toEqual([])
    expect(await trial.get(waiting)).toMatchObject({ status: 'enqueued', cancelRequested: false })
    expect(await trial.get(ended)).toMatchObject({ status: 'completed', cancelRequested: false })
  }),

  claimRule('request-003', 'asking again is answered again and changes nothing', async (trial) => {
    const id = await trial.add()
    await (await trial.worker()).take(id)
    await trial.log.requestCancel([id])
    const record = await trial.get(id)
    await trial.pass(3)
    expect(await trial.log.requestCancel([id])).toEqual([id])
    expect(await trial.get(id)).toEqual(record)
  }),

  claimRule('request-004', 'asking nobody is answered with nobody', async (trial) => {
    expect(await trial.log.requestCancel([])).toEqual([])
  }),

  claimRule('request-005', 'what waits below a held task is cancelled at once', async (trial) => {
    const parentId = await trial.add()
    const child = await trial.add({ parentId })
    const grandchild = await trial.add({ parentId: child, delayMs: 60_000 })
    await (await trial.worker()).take(parentId)
    expect(await trial.log.requestCancel([parentId])).toEqual([parentId])
    for (const id of [child, grandchild]) {
      expect(await trial.get(id)).toMatchObject({ status: 'cancelled', reason: 'parent_cancelled' })
    }
    expect(await trial.status(parentId)).toBe('dequeued')
  }),

  claimRule('request-006', 'what is held below a held task is asked as well', async (trial) => {
    const parentId = await trial.add()
    const child = await trial.add({ parentId })
    const worker = await trial.worker()
    await worker.take(parentId)
    await worker.take(child)
    expect(await trial.log.requestCancel([parentId])).toEqual([parentId])
    expect(await trial.get(child)).toMatchObject({ status: 'dequeued', cancelRequested: true })
    const { cancelRequested } = await worker.beat()
    expect([...cancelRequested].sort()).toEqual([parentId, child].sort())
  }),

  claimRule('request-007', 'a parent that waits for nothing else ends at once', async (trial) => {
    const parentId = await trial.add()
    const child = await trial.add({ parentId })
    await (await trial.worker()).run(parentId)
    expect(await trial.log.requestCancel([parentId])).toEqual([parentId])
    expect(await trial.get(child)).toMatchObject({ status: 'cancelled', reason: 'parent_cancelled' })
    expect(await trial.get(parentId)).toMatchObject({
      status: 'cancelled',
      outcome: 'cancelled',
      reason: 'cancelled',
    })
  }),

  claimRule(
    'request-008',
    'a parent that waits for a held child ends as cancelled when the child ends',
    async (trial) => {
      const parentId = await trial.add()
      const child = await trial.add({ parentId })
      const worker = await trial.worker()
      await worker.run(parentId)
      const claim = await worker.take(child)
      await trial.log.requestCancel([parentId])
      expect(await trial.get(parentId)).toMatchObject({ status: 'child_running', cancelRequested: true })
      expect(await trial.get(child)).toMatchObject({ status: 'dequeued', cancelRequested: true })
      await worker.settle(claim, 'completed')
      expect(await trial.get(parentId)).toMatchObject({ status: 'cancelled', reason: 'cancelled' })
    },
  ),

  claimRule(
    'request-009',
    'a parent whose own run failed stays failed, though it was asked to cancel',
    async (trial) => {
      const parentId = await trial.add()
      await trial.add({ parentId })
      await (await trial.worker()).run(parentId, 'failed', { reason: 'error' })
      await trial.log.requestCancel([parentId])
      expect(await trial.get(parentId)).toMatchObject({
        status: 'failed',
        outcome: 'failed',
        reason: 'error',
      })
    },
  ),
]
