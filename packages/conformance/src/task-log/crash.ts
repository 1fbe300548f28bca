import { setTimeout as delay } from 'node:timers/promises'
import { isEnded, type TaskLogRecord } from '@waybill/core'
import { expect, vi } from 'vitest'
import { History } from '../history/history.ts'
import { brokenInvariants } from '../history/invariants.ts'
import { malformed } from '../history/malformed.ts'
import { searchOf } from './filters.ts'
import { claimRule, type RuleOptions, type TaskLogRule } from './task-log-rule.ts'
import { settlement, TestWorker } from './test-worker.ts'
import { type ClaimTrial, entry, QUEUE } from './trial.ts'

const severalProcesses: RuleOptions = {
  excuse: ({ capabilities }) => (capabilities.multiProcess ? null : 'capabilities.multiProcess is false'),
  timeoutMs: 120_000,
}

/** A worker in a process of its own, with a lease that the rule lets run out once the process is dead. */
async function workerElsewhere(
  trial: ClaimTrial,
  history: History,
  name: string,
): Promise<{ readonly worker: TestWorker; readonly kill: () => Promise<void> }> {
  const { log, kill } = await trial.elsewhere()
  const worker = new TestWorker(name, history.record(log))
  await worker.beat()
  return { worker, kill }
}

/** What the log would do by itself once the lease of a dead worker ran out. */
async function lapse(trial: ClaimTrial, name: string): Promise<void> {
  await trial.expire(new TestWorker(name, trial.log))
}

async function everything(trial: ClaimTrial): Promise<readonly TaskLogRecord[]> {
  return (await trial.log.search(searchOf({ limit: 10_000 }))) as readonly TaskLogRecord[]
}

/** Real processes that die. */
export const crashRules: readonly TaskLogRule[] = [
  claimRule(
    'crash-001',
    'a process that is killed between claim and settle leaves its tasks to others, which run them to the end',
    async (trial) => {
      const history = new History()
      const here = new TestWorker('here', history.record(trial.log))
      await here.beat()
      const added = Array.from({ length: 20 }, () => entry())
      await here.log.add(added)
      const { worker, kill } = await workerElsewhere(trial, history, 'victim')
      const held = await worker.claim(QUEUE, 12)
      await worker.log.start(held.slice(0, 4))
      await worker.log.settle(held.slice(0, 2).map((claim) => settlement(claim, 'completed')))
      await kill()
      expect(await trial.recover()).toEqual([])
      await lapse(trial, 'victim')
      const recovered = await here.log.recover({ limit: 100, baseDelayMs: 0, maxDelayMs: 0 })
      expect(recovered.map(({ id }) => id).sort()).toEqual(
        held
          .slice(2)
          .map(({ id }) => id)
          .sort(),
      )
      const rest = await here.claim(QUEUE)
      expect(rest).toHaveLength(18)
      await here.log.settle(rest.map((claim) => settlement(claim, 'completed')))
      const records = await everything(trial)
      expect(brokenInvariants(history, records)).toEqual([])
      expect(records.map(({ status }) => status)).toEqual(added.map(() => 'completed'))
    },
    severalProcesses,
  ),

  claimRule(
    'crash-002',
    'processes that are killed at any moment of their work lose nothing and end nothing twice',
    async (trial) => {
      const here = await trial.worker()
      const parents = await trial.addMany(20, () => ({ maxAttempts: 9 }))
      await trial.addMany(20, (index) => ({ parentId: parents[index] ?? null, maxAttempts: 9 }))
      for (let round = 0; round < 4; round += 1) {
        const { worker, kill } = await workerElsewhere(trial, new History(), `victim-${round}`)
        const working = workUntilKilled(worker)
        await delay(round * 7)
        await kill()
        await working
        await lapse(trial, worker.id)
      }
      // The database may need a moment to let go of what a killed process had locked.
      await vi.waitFor(
        async () => {
          await trial.recover()
          const claims = await here.claim(QUEUE)
          await trial.log.settle(claims.map((claim) => settlement(claim, 'completed')))
          const records = await everything(trial)
          expect(records.filter(({ status }) => status !== 'completed')).toEqual([])
        },
        { timeout: 20_000, interval: 20 },
      )
      const records = await everything(trial)
      expect(records.flatMap((record) => malformed(record))).toEqual([])
      expect(records).toHaveLength(40)
      expect(records.every(({ attempt }) => attempt <= 5)).toBe(true)
    },
    severalProcesses,
  ),

  claimRule(
    'crash-003',
    'what a process was told is stored outlives it',
    async (trial) => {
      const remote = await trial.elsewhere()
      const added = entry({ label: 'kept' })
      const ended = await trial.add()
      await remote.log.add([added])
      await remote.log.transition({
        event: 'cancel',
        ids: [ended],
        from: ['enqueued'],
        reason: 'purged',
        report: '"kept"',
      })
      await remote.kill()
      expect(await trial.get(added.id)).toMatchObject({ label: 'kept', status: 'enqueued' })
      expect(await trial.get(ended)).toMatchObject({
        status: 'cancelled',
        reason: 'purged',
        report: '"kept"',
      })
    },
    {
      ...severalProcesses,
      excuse: (log) => severalProcesses.excuse?.(log) ?? unlessDurable(log.capabilities),
    },
  ),

  claimRule(
    'crash-004',
    'a process that is killed while it adds has stored whole calls only',
    async (trial) => {
      for (let round = 0; round < 3; round += 1) {
        const remote = await trial.elsewhere()
        const calls: string[][] = []
        const adding = Promise.allSettled(
          Array.from({ length: 30 }, async () => {
            const entries = Array.from({ length: 20 }, () => entry())
            calls.push(entries.map(({ id }) => id))
            return remote.log.add(entries)
          }),
        )
        await delay(3 + round * 5)
        await remote.kill()
        const outcomes = await adding
        for (const [index, ids] of calls.entries()) {
          const found = await trial.log.find(ids)
          expect([0, 20]).toContain(found.length)
          if (outcomes[index]?.status === 'fulfilled') expect(found).toHaveLength(20)
        }
      }
    },
    severalProcesses,
  ),

  claimRule(
    'crash-005',
    'a process that is killed while it settles families has closed each one whole, or not at all',
    async (trial) => {
      const remote = await trial.elsewhere()
      const worker = await trial.worker()
      const parents = await trial.addMany(30, () => ({ queue: 'parents' }))
      const children = await trial.addMany(30, (index) => ({ parentId: parents[index] ?? null }))
      const above = await worker.claim('parents')
      await trial.log.settle(above.map((claim) => settlement(claim, 'completed')))
      const below = await worker.claimIds(children)
      const settling = Promise.allSettled(
        below.map(async (claim) => remote.log.settle([settlement(claim, 'completed')])),
      )
      await delay(5)
      await remote.kill()
      await settling
      const records = new Map((await everything(trial)).map((record) => [record.id, record]))
      for (const [index, parentId] of parents.entries()) {
        const childEnded = isEnded(records.get(children[index] ?? '')?.status ?? 'running')
        expect(isEnded(records.get(parentId)?.status ?? 'running')).toBe(childEnded)
      }
    },
    severalProcesses,
  ),
]

function unlessDurable({ durable }: { readonly durable: boolean }): string | null {
  return durable ? null : 'capabilities.durable is false'
}

/** Claims, starts and settles, a few tasks at a time, until its process is no more. */
async function workUntilKilled(worker: TestWorker): Promise<void> {
  try {
    for (;;) {
      const claims = await worker.claim(QUEUE, 3)
      await worker.log.start(claims)
      await worker.log.settle(claims.map((claim) => settlement(claim, 'completed')))
    }
  } catch {
    // The process was killed in the middle of a call: what it did then is for the log to tell.
  }
}
