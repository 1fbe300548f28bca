import { createTaskId } from '@waybill/core'
import { expect } from 'vitest'
import { claimRule, rule, type TaskLogRule } from './task-log-rule.ts'

/** Deleting what has ended. */
export const deleteRules: readonly TaskLogRule[] = [
  rule('delete-001', 'what has ended is deleted and gone', async (trial) => {
    const [cancelled, archived, other] = await trial.addAll([{}, {}, {}])
    await trial.cause('cancel', cancelled)
    await trial.cause('force_archive', archived)
    expect([...(await trial.log.delete([cancelled, archived]))].sort()).toEqual([cancelled, archived])
    expect((await trial.log.find([cancelled, archived, other])).map(({ id }) => id)).toEqual([other])
  }),

  claimRule('delete-002', 'what has not ended is not deleted', async (trial) => {
    const ids = await trial.addAll([{}, {}, {}, {}])
    const worker = await trial.worker()
    await worker.take(ids[1])
    await trial.log.start([await worker.take(ids[2])])
    await trial.add({ parentId: ids[3] })
    await worker.run(ids[3])
    expect(await trial.log.delete(ids)).toEqual([])
    expect(await trial.log.find(ids)).toHaveLength(4)
  }),

  rule('delete-003', 'an id that does not exist is not among the answers', async (trial) => {
    const id = await trial.add()
    await trial.cause('cancel', id)
    expect(await trial.log.delete([createTaskId(Date.now()), id])).toEqual([id])
    expect(await trial.log.delete([id])).toEqual([])
    expect(await trial.log.delete([])).toEqual([])
  }),

  rule('delete-004', 'a parent is deleted only after its children', async (trial) => {
    const parentId = await trial.add()
    const [first, second] = await trial.addAll([{ parentId }, { parentId }])
    await trial.cause('cancel', parentId)
    expect(await trial.log.delete([parentId])).toEqual([])
    expect(await trial.log.delete([first])).toEqual([first])
    expect(await trial.log.delete([parentId])).toEqual([])
    expect(await trial.log.delete([second])).toEqual([second])
    expect(await trial.log.delete([parentId])).toEqual([parentId])
  }),

  claimRule('delete-005', 'the report of a worker whose task is gone is refused', async (trial) => {
    const id = await trial.add()
    const worker = await trial.worker()
    const claim = await worker.run(id)
    await trial.log.delete([id])
    expect(await worker.settle(claim, 'completed')).toEqual({ id, accepted: false, status: null })
    expect(await trial.log.find([id])).toEqual([])
  }),

  rule('delete-006', 'a thousand entries are deleted by one call', async (trial) => {
    const ids = await trial.addMany(1_000)
    await trial.cause('cancel', ids)
    expect(await trial.log.delete(ids)).toHaveLength(1_000)
    expect(await trial.log.count({ kind: 'and', nodes: [] })).toBe(0)
  }),

  rule('delete-007', 'a family is deleted by one call, in whatever order it is named', async (trial) => {
    for (const turn of [0, 1, 2]) {
      const parent = await trial.add()
      const child = await trial.add({ parentId: parent })
      const grandchild = await trial.add({ parentId: child })
      await trial.cause('cancel', parent)
      const named = [parent, child, grandchild]
      const deleted = await trial.log.delete([...named.slice(turn), ...named.slice(0, turn)])
      expect([...deleted].sort()).toEqual(named)
      expect(await trial.log.find(named)).toEqual([])
    }
  }),

  claimRule('delete-008', 'a parent whose child was left behind is left behind too', async (trial) => {
    const parent = await trial.add({ masterStatus: true })
    const child = await trial.add({ parentId: parent })
    await (await trial.worker()).run(parent)
    expect(await trial.log.delete([parent, child])).toEqual([])
    expect(await trial.log.find([parent, child])).toHaveLength(2)
  }),
]
