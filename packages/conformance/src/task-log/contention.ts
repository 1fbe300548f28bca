import { createToken, isEnded } from '@waybill/core'
import { expect } from 'vitest'
import { Race, raceWithOthers } from './race.ts'
import { RACE_WRITES } from './race-writes.ts'
import { claimRule, type TaskLogRule } from './task-log-rule.ts'
import { settlement } from './test-worker.ts'
import { entry, QUEUE } from './trial.ts'

const TIMEOUT_MS = 180_000

/** Several logs, here and in other processes, at once. */
export const contentionRules: readonly TaskLogRule[] = [
  claimRule(
    'race-001',
    'of many who claim at once, no two get the same entry and none comes back empty while there is enough',
    async (trial) => {
      const race = await Race.begin(trial)
      const workers = await Promise.all(race.logs.map(async (_, index) => race.worker(`claimer-${index}`)))
      for (let round = 0; round < 10; round += 1) {
        await trial.addMany(100)
        const claims = await Promise.all(
          [...workers, ...workers].map(async (worker) => worker.claim(QUEUE, 5)),
        )
        expect(claims.map(({ length }) => length)).toEqual(claims.map(() => 5))
        const ids = claims.flat().map(({ id }) => id)
        expect(new Set(ids).size).toBe(ids.length)
      }
    },
    { timeoutMs: TIMEOUT_MS },
  ),

  claimRule(
    'race-002',
    'many who claim at once empty a queue: every entry is claimed once',
    async (trial) => {
      const race = await Race.begin(trial)
      const ids = await trial.addMany(400)
      const claimed = await Promise.all(
        race.logs.map(async (_, index) => {
          const worker = await race.worker(`claimer-${index}`)
          const own: string[] = []
          for (let empty = 0; empty < 3; ) {
            const claims = await worker.claim(QUEUE, 7)
            empty = claims.length === 0 ? empty + 1 : 0
            own.push(...claims.map(({ id }) => id))
            expect(own.length).toBeLessThanOrEqual(ids.length)
          }
          return own
        }),
      )
      expect(claimed.flat().sort()).toEqual([...ids].sort())
    },
    { timeoutMs: TIMEOUT_MS },
  ),

  claimRule(
    'race-003',
    'many who claim at once never hold more of a queue than its concurrency',
    async (trial) => {
      const race = await Race.begin(trial)
      await trial.addMany(60)
      await trial.log.setQueue(QUEUE, { concurrency: 4 })
      const workers = await Promise.all(race.logs.map(async (_, index) => race.worker(`claimer-${index}`)))
      for (let round = 0; round < 10; round += 1) {
        const claims = await Promise.all(
          [...workers, ...workers].map(async (worker) => worker.claim(QUEUE, 3)),
        )
        expect(claims.flat().length).toBeLessThanOrEqual(4)
        expect(claims.flat().length).toBeGreaterThan(0)
        await trial.log.settle(claims.flat().map((claim) => settlement(claim, 'completed')))
      }
    },
    { timeoutMs: TIMEOUT_MS },
  ),

  claimRule(
    'race-004',
    'many who promote at once never make more ready than a key has slots',
    async (trial) => {
      const race = await Race.begin(trial)
      await trial.addMany(40, () => ({ limitKey: 'key', limitMax: 3 }))
      const worker = await race.worker('worker')
      for (let done = 0; done < 40; ) {
        await Promise.all([...race.logs, ...race.logs].map(async (log) => log.promote(10)))
        const claims = await worker.claim(QUEUE)
        expect(claims.length).toBeGreaterThan(0)
        expect(claims.length).toBeLessThanOrEqual(3)
        await trial.log.settle(claims.map((claim) => settlement(claim, 'completed')))
        done += claims.length
      }
    },
    { timeoutMs: TIMEOUT_MS },
  ),

  claimRule(
    'race-005',
    'of two last children that end at once, exactly one closes the parent',
    async (trial) => {
      const race = await Race.begin(trial)
      const worker = await race.worker('worker')
      for (let round = 0; round < 10; round += 1) {
        const parents = await trial.addMany(4, () => ({ queue: 'parents' }))
        const children = await trial.addMany(8, (index) => ({ parentId: parents[index % 4] ?? null }))
        for (const id of parents) await worker.run(id)
        const claims = await worker.claimIds(children)
        await Promise.all(
          claims.map(async (claim, index) =>
            race.next().settle([settlement(claim, index === 0 ? 'failed' : 'completed')]),
          ),
        )
        const ended = await trial.log.find(parents)
        expect(ended.map(({ status }) => status).sort()).toEqual([
          'completed',
          'completed',
          'completed',
          'failed',
        ])
      }
    },
    { timeoutMs: TIMEOUT_MS },
  ),

  claimRule(
    'race-006',
    'a child that is added while its parent ends is waited for, or refused',
    async (trial) => {
      const race = await Race.begin(trial)
      const worker = await race.worker('worker')
      for (let round = 0; round < 30; round += 1) {
        const parentId = await trial.add()
        const claim = await worker.take(parentId)
        const child = entry({ parentId, parentToken: round % 2 === 0 ? claim.token : null })
        const [[outcome]] = await Promise.all([
          race.next().add([child]),
          race.next().settle([settlement(claim, 'completed')]),
        ])
        const { status } = await trial.get(parentId)
        expect({ outcome: outcome?.outcome, ended: isEnded(status) }).toEqual(
          outcome?.outcome === 'added'
            ? { outcome: 'added', ended: false }
            : { outcome: 'refused', ended: true },
        )
      }
    },
    { timeoutMs: TIMEOUT_MS },
  ),

  claimRule(
    'race-007',
    'of many who recover at once, each task is recovered by one',
    async (trial) => {
      const race = await Race.begin(trial)
      for (let round = 0; round < 5; round += 1) {
        const ids = await trial.addMany(30)
        const worker = await race.worker(`dead-${round}`)
        await worker.claimIds(ids)
        await trial.expire(worker)
        const recovered = await Promise.all(
          [...race.logs, ...race.logs].map(async (log) =>
            log.recover({ limit: 10, baseDelayMs: 0, maxDelayMs: 0 }),
          ),
        )
        const rest = await trial.recover()
        expect([...recovered.flat(), ...rest].map(({ id }) => id).sort()).toEqual([...ids].sort())
      }
    },
    { timeoutMs: TIMEOUT_MS },
  ),

  claimRule(
    'race-008',
    'a cancel and a claim at once: one gets the entry',
    async (trial) => {
      const race = await Race.begin(trial)
      const worker = await race.worker('worker')
      for (let round = 0; round < 5; round += 1) {
        const ids = await trial.addMany(20)
        const outcomes = await Promise.all(
          ids.map(async (id) => {
            const log = race.next()
            const [moved, claims] = await Promise.all([
              race
                .next()
                .transition({ event: 'cancel', ids: [id], from: ['enqueued'], reason: null, report: null }),
              log.claim({ worker: worker.id, token: createToken(), from: { ids: [id] }, limit: 1 }),
            ])
            return moved.length + claims.length
          }),
        )
        expect(outcomes).toEqual(ids.map(() => 1))
      }
    },
    { timeoutMs: TIMEOUT_MS },
  ),

  claimRule(
    'race-009',
    'a queue that several set up at once is set up',
    async (trial) => {
      const race = await Race.begin(trial)
      for (let round = 0; round < 10; round += 1) {
        await Promise.all(
          race.logs.map(async (log, index) => log.setQueue(`q${round}`, { concurrency: index + 1 })),
        )
      }
      expect(await trial.log.queueStates()).toHaveLength(10)
    },
    { timeoutMs: TIMEOUT_MS },
  ),

  ...RACE_WRITES.map((write, index) =>
    claimRule(
      `race-${String(index + 101)}`,
      `${write.name} races with itself and every write after it, and every invariant holds`,
      async (trial) => raceWithOthers(trial, write),
      { timeoutMs: TIMEOUT_MS },
    ),
  ),
]
