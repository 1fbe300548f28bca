import { expect } from 'vitest'
import { claimRule, rule, type TaskLogRule } from './task-log-rule.ts'

/** Archiving what has ended. */
export const archiveRules: readonly TaskLogRule[] = [
  claimRule('archive-001', 'what is archived keeps its outcome, reason, report and times', async (trial) => {
    const worker = await trial.worker()
    for (const outcome of ['completed', 'failed', 'cancelled'] as const) {
      const id = await trial.add()
      await worker.run(id, outcome, { report: '"done"', progress: '"all"' })
      const { updatedAt: _ended, ...ended } = await trial.get(id)
      await trial.pass(2)
      expect(await trial.cause('archive', id)).toEqual([id])
      const { updatedAt: _archived, ...archived } = await trial.get(id)
      expect(archived).toEqual({ ...ended, status: 'archived', outcome })
    }
  }),

  claimRule('archive-002', 'what has not ended is not archived', async (trial) => {
    const [waiting, ...ids] = await trial.addAll([{}, {}, {}, {}])
    await trial.add({ parentId: waiting })
    const worker = await trial.worker()
    await worker.run(waiting)
    await worker.take(ids[0])
    await trial.log.start([await worker.take(ids[1])])
    const before = await trial.log.find([waiting, ...ids])
    expect(await trial.cause('archive', [waiting, ...ids])).toEqual([])
    expect(new Set(await trial.log.find([waiting, ...ids]))).toEqual(new Set(before))
  }),

  rule('archive-003', 'a cancelled entry is archived once', async (trial) => {
    const id = await trial.add()
    await trial.cause('cancel', id)
    expect(await trial.cause('archive', id)).toEqual([id])
    expect(await trial.cause('archive', id)).toEqual([])
    expect(await trial.get(id)).toMatchObject({ status: 'archived', outcome: 'cancelled' })
  }),

  claimRule('archive-004', 'only entries in the statuses that are named are archived', async (trial) => {
    const [completed, failed] = await trial.addAll([{}, {}])
    const worker = await trial.worker()
    await worker.run(completed)
    await worker.run(failed, 'failed')
    expect(await trial.cause('archive', [completed, failed], { from: ['failed'] })).toEqual([failed])
    expect(await trial.status(completed)).toBe('completed')
  }),

  claimRule(
    'archive-005',
    'a repeated settlement of an archived task is accepted and changes nothing',
    async (trial) => {
      const id = await trial.add()
      const worker = await trial.worker()
      const claim = await worker.run(id)
      await trial.cause('archive', id)
      const record = await trial.get(id)
      expect(await worker.settle(claim, 'completed')).toEqual({ id, accepted: true, status: 'archived' })
      expect(await trial.get(id)).toEqual(record)
    },
  ),
]
