import type { AddOutcome } from '@waybill/core'
import { expect } from 'vitest'
import { claimRule, rule, type TaskLogRule } from './task-log-rule.ts'
import { type EntryFields, entry, type TaskLogTrial } from './trial.ts'

async function addKeyed(trial: TaskLogTrial, fields: EntryFields = {}): Promise<AddOutcome> {
  const [outcome] = await trial.log.add([entry({ idempotencyKey: 'key', ...fields })])
  return outcome as AddOutcome
}

/** One entry per idempotency key. */
export const idempotencyRules: readonly TaskLogRule[] = [
  rule('key-001', 'a key that is in use is answered with the entry that has it', async (trial) => {
    const id = await trial.add({ idempotencyKey: 'key' })
    const again = entry({ idempotencyKey: 'key', label: 'again' })
    expect(await trial.log.add([again])).toEqual([{ outcome: 'existing', id }])
    expect(await trial.log.find([again.id])).toEqual([])
    expect(await trial.get(id)).not.toMatchObject({ label: 'again' })
  }),

  rule('key-002', 'a key that is in use with another fingerprint is a conflict', async (trial) => {
    const id = await trial.add({ idempotencyKey: 'key', fingerprint: 'one' })
    const other = entry({ idempotencyKey: 'key', fingerprint: 'two' })
    expect(await trial.log.add([other])).toEqual([{ outcome: 'conflict', id }])
    expect(await trial.log.find([other.id])).toEqual([])
  }),

  rule('key-003', 'a key belongs to its owner', async (trial) => {
    await trial.add({ idempotencyKey: 'key', owner: 'ada' })
    expect(await addKeyed(trial, { owner: 'grace' })).toMatchObject({ outcome: 'added' })
  }),

  rule('key-004', 'a key holds across queues and task names', async (trial) => {
    const id = await trial.add({ idempotencyKey: 'key', queue: 'one', taskName: 'a' })
    expect(await addKeyed(trial, { queue: 'two', taskName: 'b' })).toEqual({ outcome: 'existing', id })
  }),

  rule('key-005', 'a key holds within one call', async (trial) => {
    const [first, same, other] = [
      entry({ idempotencyKey: 'key', fingerprint: 'one' }),
      entry({ idempotencyKey: 'key', fingerprint: 'one' }),
      entry({ idempotencyKey: 'key', fingerprint: 'two' }),
    ]
    expect(await trial.log.add([first, same, other])).toEqual([
      { outcome: 'added', id: first.id },
      { outcome: 'existing', id: first.id },
      { outcome: 'conflict', id: first.id },
    ])
    expect(await trial.log.find([first.id, same.id, other.id])).toHaveLength(1)
  }),

  rule('key-006', 'entries without a key never meet', async (trial) => {
    const outcomes = await trial.log.add([entry(), entry(), entry()])
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['added', 'added', 'added'])
  }),

  claimRule('key-007', 'a key stays in use when its entry has ended', async (trial) => {
    const id = await trial.add({ idempotencyKey: 'key' })
    await (await trial.worker()).run(id)
    expect(await addKeyed(trial)).toEqual({ outcome: 'existing', id })
  }),

  rule('key-008', 'a key stays in use when its entry is archived', async (trial) => {
    const id = await trial.add({ idempotencyKey: 'key' })
    await trial.cause('force_archive', id)
    expect(await addKeyed(trial)).toEqual({ outcome: 'existing', id })
  }),

  rule('key-009', 'a key is free again once its entry is deleted', async (trial) => {
    const id = await trial.add({ idempotencyKey: 'key' })
    await trial.cause('cancel', id)
    await trial.log.delete([id])
    expect(await addKeyed(trial)).toMatchObject({ outcome: 'added' })
  }),

  rule('key-010', 'keys that differ in case are different keys', async (trial) => {
    await trial.add({ idempotencyKey: 'Key' })
    expect(await addKeyed(trial, { idempotencyKey: 'kEY' })).toMatchObject({ outcome: 'added' })
  }),

  rule('key-011', 'keys that differ in a trailing space are different keys', async (trial) => {
    await trial.add({ idempotencyKey: 'key' })
    expect(await addKeyed(trial, { idempotencyKey: 'key ' })).toMatchObject({ outcome: 'added' })
  }),

  rule(
    'key-012',
    'keys that differ in an accent, or in how it is composed, are different keys',
    async (trial) => {
      for (const idempotencyKey of ['cafe', 'caf\u00e9', 'cafe\u0301']) {
        expect(await addKeyed(trial, { idempotencyKey })).toMatchObject({ outcome: 'added' })
      }
    },
  ),

  rule('key-013', 'keys of 255 characters that differ in the last one are different keys', async (trial) => {
    const start = '\u{1f4e6}'.repeat(127)
    await trial.add({ idempotencyKey: `${start}a` })
    expect(await addKeyed(trial, { idempotencyKey: `${start}b` })).toMatchObject({ outcome: 'added' })
  }),

  rule('key-014', 'the owners of a key are told apart by case and trailing space', async (trial) => {
    await trial.add({ idempotencyKey: 'key', owner: 'ada' })
    for (const owner of ['Ada', 'ada ']) {
      expect(await addKeyed(trial, { owner })).toMatchObject({ outcome: 'added' })
    }
  }),

  rule('key-015', 'a key that is in use is answered before its parent is looked at', async (trial) => {
    const parentId = await trial.add()
    const id = await trial.add({ parentId, idempotencyKey: 'key' })
    await trial.cause('cancel', parentId)
    expect(await addKeyed(trial, { parentId })).toEqual({ outcome: 'existing', id })
  }),

  rule('key-016', 'an entry that was refused takes no key', async (trial) => {
    const parentId = await trial.add()
    await trial.cause('cancel', parentId)
    expect(await addKeyed(trial, { parentId })).toMatchObject({ outcome: 'refused' })
    expect(await addKeyed(trial)).toMatchObject({ outcome: 'added' })
  }),

  rule('key-017', 'of many who add one key at once, one adds it and all learn its id', async (trial) => {
    const logs = [trial.log, await trial.open()]
    for (let round = 0; round < 10; round += 1) {
      const added = Array.from({ length: 12 }, () => entry({ idempotencyKey: `key-${round}` }))
      const outcomes = (
        await Promise.all(added.map((one, index) => (logs[index % 2] ?? trial.log).add([one])))
      ).flat()
      expect(outcomes.filter(({ outcome }) => outcome === 'added')).toHaveLength(1)
      expect(outcomes.filter(({ outcome }) => outcome === 'existing')).toHaveLength(11)
      expect(new Set(outcomes.map(({ id }) => id)).size).toBe(1)
      expect(await trial.log.find(added.map(({ id }) => id))).toHaveLength(1)
    }
  }),

  rule(
    'key-018',
    'of many who add one key with different fingerprints at once, all but one learn of the conflict',
    async (trial) => {
      const logs = [trial.log, await trial.open()]
      for (let round = 0; round < 10; round += 1) {
        const outcomes = await Promise.all(
          Array.from({ length: 8 }, async (_, index) => {
            const added = entry({ idempotencyKey: `key-${round}`, fingerprint: `fingerprint-${index}` })
            return (logs[index % 2] ?? trial.log).add([added])
          }),
        )
        expect(
          outcomes
            .flat()
            .map(({ outcome }) => outcome)
            .sort(),
        ).toEqual(['added', ...Array(7).fill('conflict')])
        expect(new Set(outcomes.flat().map(({ id }) => id)).size).toBe(1)
      }
    },
  ),
]
