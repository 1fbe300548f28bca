import { expect } from 'vitest'
import { claimRule, rule, type TaskLogRule } from './task-log-rule.ts'
import { openTask } from './test-worker.ts'
import { QUEUE } from './trial.ts'

/** Ending what is in progress, whoever holds it. */
export const forceRules: readonly TaskLogRule[] = [
  claimRule('force-001', 'a forced cancel ends an entry in any open status', async (trial) => {
    const ids = await trial.addAll([{}, {}, {}, {}])
    const worker = await trial.worker()
    await worker.take(ids[1])
    await trial.log.start([await worker.take(ids[2])])
    await trial.add({ parentId: ids[3] })
    await worker.run(ids[3])
    expect(await trial.cause('force_cancel', ids, { reason: 'forced' })).toHaveLength(4)
    for (const id of ids) {
      const record = await trial.get(id)
      expect(record).toMatchObject({
        status: 'cancelled',
        outcome: 'cancelled',
        reason: 'forced',
        hold: null,
      })
      expect(record.finishedAt).not.toBeNull()
    }
  }),

  claimRule(
    'force-002',
    'a forced archive ends an entry in any open status and archives it',
    async (trial) => {
      const ids = await trial.addAll([{}, {}, {}, {}])
      const worker = await trial.worker()
      await worker.take(ids[1])
      await trial.log.start([await worker.take(ids[2])])
      await trial.add({ parentId: ids[3] })
      await worker.run(ids[3])
      expect(await trial.cause('force_archive', ids, { reason: 'forced' })).toHaveLength(4)
      for (const id of ids) {
        const record = await trial.get(id)
        expect(record).toMatchObject({
          status: 'archived',
          outcome: 'cancelled',
          reason: 'forced',
          hold: null,
        })
        expect(record.finishedAt).not.toBeNull()
      }
    },
  ),

  rule('force-003', 'what has ended is not forced', async (trial) => {
    const [cancelled, archived] = await trial.addAll([{}, {}])
    await trial.cause('cancel', cancelled)
    await trial.cause('force_archive', archived)
    expect(await trial.cause('force_cancel', [cancelled, archived])).toEqual([])
    expect(await trial.cause('force_archive', [cancelled, archived])).toEqual([])
    expect(await trial.status(cancelled)).toBe('cancelled')
  }),

  claimRule('force-004', 'the holder of what was forced can change nothing any more', async (trial) => {
    for (const event of ['force_cancel', 'force_archive'] as const) {
      const id = await trial.add()
      const worker = await trial.worker()
      const claim = await worker.take(id)
      await trial.cause(event, id)
      const record = await trial.get(id)
      expect(await trial.log.start([claim])).toEqual([])
      expect(await worker.beat({ open: [openTask(claim, { progress: '"late"' })] })).toMatchObject({
        lost: [id],
      })
      const { accepted, status } = await worker.settle(claim, 'completed', { report: '"late"' })
      expect({ accepted, status }).toEqual({ accepted: false, status: record.status })
      expect(await worker.settle(claim, 'retry')).toMatchObject({ accepted: false })
      expect(await trial.get(id)).toEqual(record)
    }
  }),

  claimRule('force-005', 'what was forced is held by nobody: its slots are free', async (trial) => {
    await trial.log.setQueue(QUEUE, { concurrency: 1 })
    const [first, second] = await trial.addAll([
      { limitKey: 'key', limitMax: 1 },
      { limitKey: 'key', limitMax: 1 },
    ])
    await trial.log.promote(10)
    const worker = await trial.worker()
    await worker.take(first)
    await trial.cause('force_cancel', first)
    expect(await trial.log.workerStates()).toMatchObject([{ worker: worker.id, held: 0 }])
    await trial.log.promote(10)
    expect(await worker.claim(QUEUE)).toMatchObject([{ id: second }])
  }),

  claimRule('force-006', 'what was forced is not recovered when its worker dies', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    await worker.take(id)
    await trial.cause('force_cancel', id)
    await trial.expire(worker)
    expect(await trial.recover()).toEqual([])
    expect(await trial.status(id)).toBe('cancelled')
  }),
]
