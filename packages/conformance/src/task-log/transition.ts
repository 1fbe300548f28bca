import { createTaskId } from '@waybill/core'
import { expect } from 'vitest'
import { rule, type TaskLogRule } from './task-log-rule.ts'

/** What all administrative changes have in common. */
export const transitionRules: readonly TaskLogRule[] = [
  rule('transition-001', 'a change answers the entries that moved, and no others', async (trial) => {
    const [first, second, third] = await trial.addAll([{}, {}, {}])
    await trial.cause('cancel', second)
    const moved = await trial.cause('cancel', [first, second, third, createTaskId(Date.now())])
    expect([...moved].sort()).toEqual([first, third])
  }),

  rule('transition-002', 'a change of no entries moves none', async (trial) => {
    await trial.add()
    expect(await trial.cause('cancel', [])).toEqual([])
  }),

  rule('transition-003', 'an entry that is named twice moves once', async (trial) => {
    const id = await trial.add()
    expect(await trial.cause('cancel', [id, id])).toEqual([id])
  }),

  rule('transition-004', 'a change leaves the entries it does not name alone', async (trial) => {
    const [named, other] = await trial.addAll([{}, {}])
    const record = await trial.get(other)
    await trial.cause('cancel', named)
    expect(await trial.get(other)).toEqual(record)
  }),

  rule(
    'transition-005',
    'an entry in a status the change does not start from is left alone',
    async (trial) => {
      const id = await trial.add()
      const record = await trial.get(id)
      expect(await trial.cause('force_cancel', id, { from: ['dequeued', 'running'] })).toEqual([])
      expect(await trial.get(id)).toEqual(record)
    },
  ),

  rule(
    'transition-006',
    'a reason and a report are written when they are given, else left',
    async (trial) => {
      const [told, untold] = await trial.addAll([{}, {}])
      await trial.cause('cancel', told, { reason: 'purged', report: '"cleaned up"' })
      await trial.cause('cancel', untold)
      expect(await trial.get(told)).toMatchObject({ reason: 'purged', report: '"cleaned up"' })
      expect(await trial.get(untold)).toMatchObject({ reason: null, report: null })
      await trial.cause('archive', told)
      expect(await trial.get(told)).toMatchObject({ reason: 'purged', report: '"cleaned up"' })
    },
  ),

  rule('transition-007', 'a change of a thousand entries moves them all', async (trial) => {
    const ids = await trial.addMany(1_000)
    expect(await trial.cause('cancel', ids)).toHaveLength(1_000)
  }),

  rule('transition-008', 'a change moves the update time', async (trial) => {
    const id = await trial.add()
    await trial.pass(3)
    await trial.cause('cancel', id)
    const { createdAt, updatedAt } = await trial.get(id)
    expect(updatedAt - createdAt).toBeGreaterThanOrEqual(3)
  }),

  rule(
    'transition-009',
    'a change moves all it names, whatever it does to their families on the way',
    async (trial) => {
      for (const turn of [0, 1, 2]) {
        const parent = await trial.add()
        const child = await trial.add({ parentId: parent })
        const grandchild = await trial.add({ parentId: child })
        const named = [parent, child, grandchild]
        const turned = [...named.slice(turn), ...named.slice(0, turn)]
        expect([...(await trial.cause('cancel', turned, { reason: 'purged' }))].sort()).toEqual(named)
        for (const id of named) {
          expect(await trial.get(id)).toMatchObject({
            status: 'cancelled',
            outcome: 'cancelled',
            reason: 'purged',
          })
        }
      }
    },
  ),
]
