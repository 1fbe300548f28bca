import { expect } from 'vitest'
import { searchOf } from './filters.ts'
import type { CallerTransaction } from './initializer.ts'
import { claimRule, type RuleOptions, rule, type TaskLogRule } from './task-log-rule.ts'
import { entry, QUEUE, type TaskLogTrial } from './trial.ts'

const supported: RuleOptions = {
  excuse: ({ capabilities }) => (capabilities.transactions ? null : 'capabilities.transactions is false'),
}

const unsupported: RuleOptions = {
  excuse: ({ capabilities }) => (capabilities.transactions ? 'capabilities.transactions is true' : null),
}

async function begin(trial: TaskLogTrial): Promise<CallerTransaction> {
  if (trial.subject.begin === undefined) {
    throw new Error(
      'The capabilities say transactions: true, so create() must answer a subject with begin().',
    )
  }
  return trial.subject.begin()
}

/** Adding inside a transaction of the caller's. */
export const transactionRules: readonly TaskLogRule[] = [
  rule(
    'transaction-001',
    'what was added inside a transaction is there once it commits, and for others not before',
    async (trial) => {
      const [other, added] = [await trial.open(), entry()]
      const { transaction, commit } = await begin(trial)
      expect(await trial.log.add([added], { transaction })).toEqual([{ outcome: 'added', id: added.id }])
      expect(await other.find([added.id])).toEqual([])
      await commit()
      expect(await other.find([added.id])).toMatchObject([{ status: 'enqueued', hold: null }])
    },
    supported,
  ),

  rule(
    'transaction-002',
    'what was added inside a transaction is gone when it rolls back',
    async (trial) => {
      const added = [entry(), entry({ idempotencyKey: 'key' })]
      const { transaction, rollback } = await begin(trial)
      await trial.log.add(added, { transaction })
      await rollback()
      expect(await trial.log.find(added.map(({ id }) => id))).toEqual([])
    },
    supported,
  ),

  rule(
    'transaction-003',
    'a key that was taken inside a transaction is free when it rolls back',
    async (trial) => {
      const { transaction, rollback } = await begin(trial)
      await trial.log.add([entry({ idempotencyKey: 'key' })], { transaction })
      await rollback()
      await trial.add({ idempotencyKey: 'key' })
    },
    supported,
  ),

  rule(
    'transaction-004',
    'an entry that is not added leaves the transaction fit for more',
    async (trial) => {
      const id = await trial.add({ idempotencyKey: 'key', fingerprint: 'one' })
      const ended = await trial.add()
      await trial.cause('cancel', ended)
      const { transaction, commit } = await begin(trial)
      const [existing, conflict, orphan, added] = [
        entry({ idempotencyKey: 'key', fingerprint: 'one' }),
        entry({ idempotencyKey: 'key', fingerprint: 'two' }),
        entry({ parentId: ended }),
        entry(),
      ]
      expect(await trial.log.add([existing, conflict, orphan], { transaction })).toEqual([
        { outcome: 'existing', id },
        { outcome: 'conflict', id },
        { outcome: 'refused', id: orphan.id, refusal: 'parent_ended' },
      ])
      await trial.log.add([added], { transaction })
      await commit()
      expect(await trial.log.find([existing.id, conflict.id, orphan.id, added.id])).toMatchObject([
        { id: added.id },
      ])
    },
    supported,
  ),

  rule(
    'transaction-005',
    'a parent that was given a child inside a transaction has none when it rolls back',
    async (trial) => {
      const parentId = await trial.add()
      const { transaction, rollback } = await begin(trial)
      await trial.log.add([entry({ parentId })], { transaction })
      await rollback()
      expect(await trial.get(parentId)).toMatchObject({ hasChildren: false })
    },
    supported,
  ),

  rule(
    'transaction-006',
    'several adds inside one transaction see each other',
    async (trial) => {
      const [parent, keyed] = [entry(), entry({ idempotencyKey: 'key' })]
      const [child, again] = [entry({ parentId: parent.id }), entry({ idempotencyKey: 'key' })]
      const { transaction, commit } = await begin(trial)
      await trial.log.add([parent, keyed], { transaction })
      expect(await trial.log.add([child, again], { transaction })).toEqual([
        { outcome: 'added', id: child.id },
        { outcome: 'existing', id: keyed.id },
      ])
      await commit()
      expect(await trial.get(parent.id)).toMatchObject({ hasChildren: true })
    },
    supported,
  ),

  claimRule(
    'transaction-007',
    'what was added inside a transaction is claimed once it commits, and not before',
    async (trial) => {
      const [other, added] = [await trial.open(), entry()]
      const worker = await trial.worker(other)
      const { transaction, commit } = await begin(trial)
      await trial.log.add([added], { transaction })
      expect(await other.search(searchOf())).toEqual([])
      await commit()
      expect(await worker.claim(QUEUE)).toMatchObject([{ id: added.id }])
    },
    supported,
  ),

  rule(
    'transaction-008',
    'a log that takes no transaction says so, and adds nothing',
    async (trial) => {
      const added = entry()
      await expect(trial.log.add([added], { transaction: {} })).rejects.toMatchObject({
        code: 'not_supported',
      })
      expect(await trial.log.find([added.id])).toEqual([])
    },
    unsupported,
  ),
]
