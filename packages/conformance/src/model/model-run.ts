import { isDeepStrictEqual } from 'node:util'
import {
  type Claim,
  type ClaimableTaskLogBroker,
  createToken,
  type TaskLogRecord,
  TRANSITIONS,
} from '@waybill/core'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'
import { expect } from 'vitest'
import { searchOf } from '../task-log/filters.ts'
import { LONG_LEASE_MS, openTask, settlement } from '../task-log/test-worker.ts'
import { type ClaimTrial, entry, QUEUE } from '../task-log/trial.ts'
import type { AddedEntry, Step } from './step.ts'

/** A time that does not come while the rule is tried, in milliseconds. */
const NEVER_MS = 86_400_000

/** A log and the memory log, given the same calls; every answer and every entry must be the same. */
export class ModelRun {
  readonly #trial: ClaimTrial
  readonly #log: ClaimableTaskLogBroker
  readonly #model: ClaimableTaskLogBroker
  readonly #ids: string[] = []
  readonly #claims: Pick<Claim, 'id' | 'token'>[] = []
  #modelNow: number = Date.now()

  constructor(trial: ClaimTrial) {
    this.#trial = trial
    this.#log = trial.log
    const clock = {
      now: () => this.#modelNow,
      monotonic: () => this.#modelNow,
      setTimer: () => () => undefined,
    }
    this.#model = createMemoryTaskLog({ clock })
  }

  /** Makes the calls one by one. */
  async run(steps: readonly Step[]): Promise<void> {
    for (const worker of [0, 1]) await this.#beat(worker, LONG_LEASE_MS)
    for (const step of steps) {
      await this.#trial.pass(2)
      this.#modelNow += 2
      await this.#take(step)
      agree(await everything(this.#log), await everything(this.#model))
    }
  }

  async #take(step: Step): Promise<unknown> {
    switch (step.call) {
      case 'add':
        return this.#add(step.entries)
      case 'claim':
        return this.#claim(step.worker, { queue: QUEUE }, step.limit)
      case 'claimIds':
        return this.#claim(step.worker, { ids: this.#entries(step.entries) }, 10)
      case 'start': {
        const claims = this.#held(step.claims)
        return this.#both(async (log) => (await log.start(claims)).toSorted())
      }
      case 'heartbeat':
        return this.#beat(step.worker, LONG_LEASE_MS, this.#held(step.claims))
      case 'expire': {
        await this.#beat(step.worker, 1)
        await this.#trial.pass(3)
        this.#modelNow += 3
        return
      }
      case 'settle': {
        const settlements = this.#held(step.claims).map((claim) =>
          settlement(claim, step.to, { delayMs: step.later ? NEVER_MS : 0, report: JSON.stringify(step.to) }),
        )
        return this.#both(async (log) => log.settle(settlements))
      }
      case 'recover':
        return this.#both(async (log) =>
          (await log.recover({ limit: 100, baseDelayMs: 0, maxDelayMs: 0 })).toSorted(byId),
        )
      case 'retire':
        return this.#both(async (log) => log.retire(workerId(step.worker)))
      case 'promote':
        return this.#both(async (log) => (await log.promote(step.limit)).promoted)
      case 'transition': {
        const { event } = step
        const change = { event, ids: this.#entries(step.entries), from: TRANSITIONS[event].from }
        return this.#both(async (log) =>
          (await log.transition({ ...change, reason: 'forced', report: null })).toSorted(),
        )
      }
      case 'requestCancel': {
        const ids = this.#entries(step.entries)
        return this.#both(async (log) => (await log.requestCancel(ids)).toSorted())
      }
      case 'delete': {
        const ids = this.#entries(step.entries)
        return this.#both(async (log) => (await log.delete(ids)).toSorted())
      }
      case 'setQueue': {
        const { paused, concurrency } = step
        return this.#both(async (log) => log.setQueue(QUEUE, { paused, concurrency }))
      }
    }
  }

  async #add(specified: readonly AddedEntry[]): Promise<void> {
    const added = specified.map((one) => {
      const [parentId = null] = one.parent === null ? [] : this.#entries([one.parent])
      const parent = this.#claims.findLast(({ id }) => id === parentId)
      return entry({
        parentId,
        parentToken: one.underToken ? (parent?.token ?? null) : null,
        priority: one.priority,
        delayMs: one.later ? NEVER_MS : 0,
        idempotencyKey: one.key === null ? null : `key-${one.key}`,
        fingerprint: one.key === null ? null : `fingerprint-${one.priority}`,
        limitKey: one.limited ? 'limit' : null,
        limitMax: one.limited ? 2 : null,
        maxAttempts: one.maxAttempts,
        masterStatus: one.masterStatus,
      })
    })
    const outcomes = await this.#both(async (log) => log.add(added))
    for (const { outcome, id } of outcomes) if (outcome === 'added') this.#ids.push(id)
  }

  async #claim(
    worker: number,
    from: { readonly queue: string } | { readonly ids: readonly string[] },
    limit: number,
  ): Promise<void> {
    const token = createToken()
    const claims = await this.#both(async (log) => {
      const claimed = await log.claim({ worker: workerId(worker), token, from, limit })
      return claimed.map(({ createdAt: _createdAt, ...claim }) => claim)
    })
    this.#claims.push(...claims)
  }

  async #beat(
    worker: number,
    leaseMs: number,
    claims: readonly Pick<Claim, 'id' | 'token'>[] = [],
  ): Promise<void> {
    const open = claims.map((claim) => openTask(claim, { progress: '"beating"' }))
    await this.#both(async (log) => {
      const answer = await log.heartbeat({ worker: workerId(worker), leaseMs, info: null, open })
      return {
        expired: answer.expired,
        cancelRequested: answer.cancelRequested.toSorted(),
        lost: answer.lost.toSorted(),
      }
    })
  }

  async #both<Answer>(call: (log: ClaimableTaskLogBroker) => Promise<Answer>): Promise<Answer> {
    const expected = await call(this.#model)
    agree(await call(this.#log), expected)
    return expected
  }

  #entries(numbers: readonly number[]): string[] {
    return distinct(numbers, this.#ids)
  }

  #held(numbers: readonly number[]): Pick<Claim, 'id' | 'token'>[] {
    return distinct(numbers, this.#claims)
  }
}

/** The items with these numbers, the last one being number 0. */
function distinct<Item>(numbers: readonly number[], items: readonly Item[]): Item[] {
  return [...new Set(numbers.flatMap((number) => items.at(-1 - (number % items.length)) ?? []))]
}

/** The quick comparison first: the one that explains the difference takes a hundred times longer. */
function agree(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected)
}

function workerId(worker: number): string {
  return `worker-${worker}`
}

function byId(left: { readonly id: string }, right: { readonly id: string }): number {
  return left.id < right.id ? -1 : 1
}

/** Every entry and queue, with instants told as set or not: two clocks are never quite the same. */
async function everything(log: ClaimableTaskLogBroker): Promise<unknown> {
  const found = (await log.search(searchOf({ sort: 'id' }))) as readonly TaskLogRecord[]
  const records = found.map(({ createdAt: _created, updatedAt: _updated, dueAt, ...record }) => ({
    ...record,
    isLater: dueAt > (record.claimedAt ?? _created) + NEVER_MS / 2,
    claimedAt: record.claimedAt !== null,
    startedAt: record.startedAt !== null,
    finishedAt: record.finishedAt !== null,
  }))
  const queues = (await log.queueStates()).map(({ oldestReadyAt, ...state }) => ({
    ...state,
    oldestReadyAt: oldestReadyAt !== null,
  }))
  return { records, queues }
}
