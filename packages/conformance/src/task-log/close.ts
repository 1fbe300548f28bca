import { createTaskId, createToken, isClaimable, type TaskLogBroker, WaybillError } from '@waybill/core'
import { expect } from 'vitest'
import { ALL, searchOf } from './filters.ts'
import { rule, type TaskLogRule } from './task-log-rule.ts'
import { settlement } from './test-worker.ts'
import { entry } from './trial.ts'

/** One call of every method. */
function calls(log: TaskLogBroker): ReadonlyMap<string, () => Promise<unknown>> {
  const id = createTaskId(Date.now())
  const change = { event: 'cancel', ids: [id], from: ['enqueued'], reason: null, report: null } as const
  const all: [string, () => Promise<unknown>][] = [
    ['createContainer', () => log.createContainer()],
    ['now', () => log.now()],
    ['add', () => log.add([entry()])],
    ['find', () => log.find([id])],
    ['search', () => log.search(searchOf())],
    ['count', () => log.count(ALL)],
    ['stats', () => log.stats(ALL)],
    ['transition', () => log.transition(change)],
    ['delete', () => log.delete([id])],
  ]
  if (isClaimable(log)) {
    const worker = 'worker'
    const held = { id, token: createToken() }
    all.push(
      ['claim', () => log.claim({ worker, token: createToken(), from: { queue: 'q' }, limit: 1 })],
      ['start', () => log.start([held])],
      ['heartbeat', () => log.heartbeat({ worker, leaseMs: 1, info: null, open: [] })],
      ['settle', () => log.settle([settlement(held, 'completed')])],
      ['recover', () => log.recover({ limit: 1, baseDelayMs: 0, maxDelayMs: 0 })],
      ['promote', () => log.promote(1)],
      ['retire', () => log.retire(worker)],
      ['requestCancel', () => log.requestCancel([id])],
      ['setQueue', () => log.setQueue('q', { paused: true })],
      ['queueStates', () => log.queueStates()],
      ['workerStates', () => log.workerStates()],
    )
  }
  return new Map(all)
}

/** The contract itself, faults, and giving back what was opened. */
export const closeRules: readonly TaskLogRule[] = [
  rule(
    'contract-001',
    'a log says who it is and what it can do, and its facts are frozen',
    async ({ log }) => {
      expect(log.specificationVersion).toBe(1)
      expect(log.id).toMatch(/^[a-z][a-z0-9-]*$/)
      expect(Object.isFrozen(log.capabilities)).toBe(true)
      const { durable, multiProcess, transactions, pathFilters, caseFolding, ...unknown } = log.capabilities
      for (const fact of [durable, multiProcess, transactions, pathFilters])
        expect(typeof fact).toBe('boolean')
      expect(['ascii', 'unicode']).toContain(caseFolding)
      expect(unknown).toEqual({})
    },
  ),

  rule(
    'contract-002',
    'a log that has one method of a part of the contract has them all',
    async ({ log }) => {
      const parts = [
        [
          ...['claim', 'start', 'heartbeat', 'settle', 'recover', 'promote', 'retire'],
          ...['requestCancel', 'setQueue', 'queueStates', 'workerStates'],
        ],
        ['schemaStatus', 'schemaSql', 'doctor'],
      ]
      for (const part of parts) {
        const missing = part.filter((method) => typeof Reflect.get(log, method) !== 'function')
        expect([[], part]).toContainEqual(missing)
      }
    },
  ),

  rule('contract-003', 'every method answers with a promise', async ({ log }) => {
    for (const [method, call] of calls(log)) {
      const answer = call()
      expect(answer, method).toBeInstanceOf(Promise)
      await answer
    }
  }),

  rule('close-001', 'a log is closed twice without a fault', async ({ log }) => {
    await log.close()
    await log.close()
    await Promise.all([log.close(), log.close()])
  }),

  rule('close-002', 'every call after closing fails with the code closed', async ({ log }) => {
    await log.close()
    for (const [method, call] of calls(log)) {
      const error: unknown = await Promise.resolve()
        .then(call)
        .then(
          () => 'no error',
          (reason: unknown) => reason,
        )
      expect(WaybillError.isInstance(error, 'closed'), `${method} after close: ${String(error)}`).toBe(true)
    }
  }),

  rule(
    'close-003',
    'closing one log leaves the others on its storage open',
    async (trial) => {
      const other = await trial.open()
      const id = await trial.add()
      await other.close()
      expect(await trial.status(id)).toBe('enqueued')
    },
    {
      excuse: ({ capabilities }) => (capabilities.multiProcess ? null : 'capabilities.multiProcess is false'),
    },
  ),

  rule(
    'close-004',
    'what was written is there when the storage is opened again',
    async (trial) => {
      const id = await trial.add({ label: 'kept' })
      await trial.log.close()
      expect(await (await trial.open()).find([id])).toMatchObject([{ label: 'kept', status: 'enqueued' }])
    },
    { excuse: ({ capabilities }) => (capabilities.durable ? null : 'capabilities.durable is false') },
  ),

  rule('close-005', 'what is under way when a log is closed is carried out', async (trial) => {
    // More calls than a pool has connections, and one that may take several transactions.
    const { log } = trial
    const calls: Promise<unknown>[] = Array.from({ length: 30 }, async () => log.add([entry()]))
    if (isClaimable(log)) {
      calls.push(log.claim({ worker: 'nobody', token: createToken(), from: { queue: 'empty' }, limit: 1 }))
    }
    const endings = Promise.allSettled(calls)
    await log.close()
    expect((await endings).filter(({ status }) => status === 'rejected')).toEqual([])
  }),
]
