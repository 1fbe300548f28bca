import { createTaskId } from '@waybill/core'
import { expect } from 'vitest'
import { rule, type TaskLogRule } from './task-log-rule.ts'

/** Finding entries by id. */
export const findRules: readonly TaskLogRule[] = [
  rule('find-001', 'entries are found by their ids, and no others', async (trial) => {
    const [first, , third] = await trial.addAll([{}, {}, {}])
    const found = await trial.log.find([third, first])
    expect(found.map(({ id }) => id).sort()).toEqual([first, third])
  }),

  rule('find-002', 'an id that does not exist is left out', async (trial) => {
    const id = await trial.add()
    const found = await trial.log.find([createTaskId(Date.now()), id])
    expect(found.map((record) => record.id)).toEqual([id])
  }),

  rule('find-003', 'no ids find nothing', async (trial) => {
    await trial.add()
    expect(await trial.log.find([])).toEqual([])
  }),

  rule('find-004', 'an id that is asked for twice is found once', async (trial) => {
    const id = await trial.add()
    expect(await trial.log.find([id, id])).toHaveLength(1)
  }),

  rule('find-005', 'two thousand ids are found by one call', async (trial) => {
    const ids = [...(await trial.addMany(1_000)), ...(await trial.addMany(1_000))]
    expect(await trial.log.find(ids)).toHaveLength(2_000)
  }),

  rule('find-006', 'ids are told apart by case', async (trial) => {
    const id = '01890a5d-ac96-774b-bcce-b302099a8057'
    await trial.add({ id })
    expect(await trial.log.find([id.toUpperCase()])).toEqual([])
  }),

  rule('find-007', 'what is found is the entry as it stands now', async (trial) => {
    const id = await trial.add()
    await trial.cause('cancel', id)
    expect(await trial.status(id)).toBe('cancelled')
  }),

  rule('find-008', 'changing what was found changes nothing in the log', async (trial) => {
    const id = await trial.add({ label: 'as added' })
    Object.assign(await trial.get(id), { label: 'changed' })
    expect(await trial.get(id)).toMatchObject({ label: 'as added' })
  }),
]
