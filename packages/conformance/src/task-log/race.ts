import { type ClaimableTaskLogBroker, isEnded, type TaskLogRecord } from '@waybill/core'
import { expect } from 'vitest'
import { History } from '../history/history.ts'
import { brokenInvariants } from '../history/invariants.ts'
import { ALL, column, searchOf } from './filters.ts'
import { type Contended, RACE_WRITES, type RaceState, type RaceWrite } from './race-writes.ts'
import { settlement, TestWorker } from './test-worker.ts'
import { type ClaimTrial, entry } from './trial.ts'

/** So many entries are raced for at once by each pair of writes, in each state. */
const ENTRIES = 10

/** Logs that write down every call, and what must hold in the end. */
export class Race {
  readonly history: History = new History()
  readonly logs: readonly ClaimableTaskLogBroker[]
  readonly #trial: ClaimTrial
  #turn = 0

  private constructor(trial: ClaimTrial, logs: readonly ClaimableTaskLogBroker[]) {
    this.#trial = trial
    this.logs = logs.map((log) => this.history.record(log))
  }

  /** A race between all logs that the trial's storage can have. */
  static async begin(trial: ClaimTrial): Promise<Race> {
    return new Race(trial, await trial.contenders())
  }

  /** The logs in turn, so that calls made at once go to different ones. */
  next(): ClaimableTaskLogBroker {
    this.#turn += 1
    return this.logs[this.#turn % this.logs.length] as ClaimableTaskLogBroker
  }

  /** A worker on the log whose turn it is. */
  async worker(name: string, leaseMs = 600_000): Promise<TestWorker> {
    const worker = new TestWorker(name, this.next())
    await worker.beat({ leaseMs })
    return worker
  }

  /** Races two writes for several entries in one state. */
  async run(first: RaceWrite, second: RaceWrite, state: RaceState): Promise<void> {
    const contended = await this.#arrange(`${first.name} ${second.name} ${state}`, state)
    await Promise.all(
      contended.flatMap((one, index) => {
        const pair = index % 2 === 0 ? [first, second] : [second, first]
        return pair.map(async (write) => write.run(this.next(), one))
      }),
    )
  }

  /** Works through everything that is open, then looks whether all invariants hold. */
  async finish(): Promise<readonly TaskLogRecord[]> {
    const worker = await this.worker('drain')
    for (let round = 0; ; round += 1) {
      const open = await worker.log.search(
        searchOf({ where: column('finishedAt', 'eq', null), limit: 10_000 }),
      )
      if (open.length === 0) break
      expect(round, `entries are left open: ${JSON.stringify(open.slice(0, 3))}`).toBeLessThan(20)
      for (const state of await worker.log.workerStates()) {
        if (state.worker !== worker.id) await worker.log.retire(state.worker)
      }
      await this.#trial.pass(3)
      await worker.log.recover({ limit: 10_000, baseDelayMs: 0, maxDelayMs: 0 })
      await worker.log.promote(10_000)
      const claims = await worker.claimIds(
        open.map(({ id }) => id),
        10_000,
      )
      await worker.log.settle(claims.map((claim) => settlement(claim, 'completed')))
    }
    const records = (await this.#trial.log.search(searchOf({ limit: 100_000 }))) as TaskLogRecord[]
    expect(brokenInvariants(this.history, records)).toEqual([])
    expect(records.filter(({ status }) => !isEnded(status))).toEqual([])
    expect(await this.#trial.log.count(ALL)).toBe(records.length)
    return records
  }

  async #arrange(name: string, state: RaceState): Promise<readonly Contended[]> {
    const [log] = this.logs as [ClaimableTaskLogBroker]
    const holder = await this.worker(`holder of ${name}`)
    const parents = Array.from({ length: ENTRIES }, () => entry({ queue: 'parents' }))
    const entries = parents.map(({ id }, index) =>
      entry({
        parentId: id,
        queue: name,
        idempotencyKey: `${name} ${index}`,
        ...(state === 'waiting' ? { limitKey: `${name} ${index}`, limitMax: 1 } : {}),
      }),
    )
    await log.add(parents)
    await log.add(entries)
    const ids = (added: readonly { readonly id: string }[]): string[] => added.map(({ id }) => id)
    const above = await holder.claimIds(ids(parents))
    await log.settle(above.map((claim) => settlement(claim, 'completed')))
    const needsHolder = state !== 'enqueued' && state !== 'waiting'
    const claims = needsHolder ? await holder.claimIds(ids(entries)) : []
    if (state === 'failed') await log.settle(claims.map((claim) => settlement(claim, 'failed')))
    if (state === 'lost') {
      await holder.beat({ leaseMs: 1 })
      await this.#trial.pass(3)
    }
    return entries.map(({ id, queue, parentId, idempotencyKey }) => ({
      id,
      queue,
      parentId: parentId ?? '',
      idempotencyKey: idempotencyKey ?? '',
      claim: claims.find((claim) => claim.id === id) ?? null,
      holder: holder.id,
    }))
  }
}

/** Races a write with itself and with every write after it. */
export async function raceWithOthers(trial: ClaimTrial, write: RaceWrite): Promise<void> {
  const race = await Race.begin(trial)
  for (const other of RACE_WRITES.slice(RACE_WRITES.indexOf(write))) {
    for (const state of new Set([write.state, other.state])) await race.run(write, other, state)
  }
  await race.finish()
}
