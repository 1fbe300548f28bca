import { createTaskId, createToken } from '@waybill/core'
import { expect } from 'vitest'
import { claimRule, type TaskLogRule } from './task-log-rule.ts'
import { QUEUE } from './trial.ts'

/** Writing down that a task runs, before it does. */
export const startRules: readonly TaskLogRule[] = [
  claimRule('start-001', 'a task that starts is running from now on', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    const claim = await worker.take(id)
    await trial.pass(2)
    const before = await trial.log.now()
    expect(await trial.log.start([claim])).toEqual([id])
    const record = await trial.get(id)
    expect(record).toMatchObject({ status: 'running', attempt: 1, worker: worker.id })
    expect(record.startedAt).toBeGreaterThanOrEqual(before)
    expect(record.startedAt).toBeLessThanOrEqual(await trial.log.now())
  }),

  claimRule('start-002', 'a start under another token is refused', async (trial) => {
    const id = await trial.add()
    await (await trial.worker()).take(id)
    expect(await trial.log.start([{ id, token: createToken() }])).toEqual([])
    expect(await trial.get(id)).toMatchObject({ status: 'dequeued', startedAt: null })
  }),

  claimRule('start-003', 'starting again is answered again and keeps the start', async (trial) => {
    const id = await trial.add()
    const claim = await (await trial.worker()).take(id)
    await trial.log.start([claim])
    const { startedAt } = await trial.get(id)
    await trial.pass(3)
    expect(await trial.log.start([claim])).toEqual([id])
    expect(await trial.get(id)).toMatchObject({ startedAt })
  }),

  claimRule('start-004', 'what is settled, given back or gone is not started', async (trial) => {
    const [done, again] = await trial.addAll([{}, {}])
    const worker = await trial.worker()
    const claims = [await worker.run(done), await worker.run(again, 'retry')]
    expect(
      await trial.log.start([...claims, { id: createTaskId(Date.now()), token: createToken() }]),
    ).toEqual([])
    expect([await trial.status(done), await trial.status(again)]).toEqual(['completed', 'enqueued'])
  }),

  claimRule('start-005', 'of many, those that are held are started', async (trial) => {
    await trial.addMany(50)
    const worker = await trial.worker()
    const claims = await worker.claim(QUEUE, 50)
    const mixed = claims.map((claim, index) => (index % 2 === 0 ? claim : { ...claim, token: createToken() }))
    const started = await trial.log.start(mixed)
    expect([...started].sort()).toEqual(claims.flatMap(({ id }, index) => (index % 2 === 0 ? id : [])).sort())
    expect(await trial.log.start([])).toEqual([])
  }),
]
