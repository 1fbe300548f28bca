import type { AddOutcome, Claim, ClaimableTaskLogBroker, NewTaskLogRecord } from '@waybill/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { idOf, newEntry, openBothLogs, tokenOf } from './both-logs.ts'
import { type Step, type StepEntry, steps } from './steps.ts'

type ClaimName = Pick<Claim, 'id' | 'token'>

test('after any sequence of calls SQLite has answered, and has in it, what the memory log has', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const { sqlite, memory, pass, close } = await openBothLogs()
      const history = new History()
      try {
        for (const step of sequence) {
          if (step.call === 'pass') pass(step.ms)
          const answer = await perform(sqlite, step, history)
          expect(answer).toEqual(await perform(memory, step, history))
          expect(await stateOf(sqlite)).toEqual(await stateOf(memory))
          history.remember(step, answer)
        }
      } finally {
        await close()
      }
    }),
    { numRuns: 200 },
  )
}, 300_000)

/** What the entries and claims of a sequence are called: the same for both logs. */
class History {
  #entries = 0
  #calls = 1
  readonly #claims: ClaimName[] = []

  remember(step: Step, answer: unknown): void {
    this.#calls += 1
    if (step.call === 'add') this.#entries += step.entries.length
    if (step.call === 'claim' || step.call === 'claimIds') this.#claims.push(...(answer as Claim[]))
  }

  get token(): string {
    return tokenOf(this.#calls)
  }

  ids(numbers: readonly number[]): string[] {
    return numbers.map((number) => idOf(number % Math.max(1, this.#entries)))
  }

  /** One of the last claims, which are likelier to be held than older ones. */
  claim(number: number): ClaimName {
    const last = this.#claims.slice(-12)
    const { id, token } = last[number % Math.max(1, last.length)] ?? { id: idOf(0), token: tokenOf(0) }
    return { id, token }
  }

  /** A task may come twice, under its token and under one that it had before. */
  claims(numbers: readonly number[]): ClaimName[] {
    return numbers.map((number) => this.claim(number))
  }

  entry(fields: StepEntry, index: number): NewTaskLogRecord {
    const { parent, underToken, key, fingerprint, repeats, limitMax, ...rest } = fields
    const number = repeats && index === 0 ? Math.max(0, this.#entries - 1) : this.#entries + index
    const parentId = parent === null ? null : idOf(parent % (this.#entries + index + 1))
    const parentToken = this.#claims.findLast(({ id }) => id === parentId)?.token ?? null
    return newEntry(number, {
      ...rest,
      parentId,
      parentToken: underToken ? parentToken : null,
      limitMax: rest.limitKey === null ? null : limitMax,
      idempotencyKey: key === null ? null : `key ${key}`,
      fingerprint: key === null ? null : fingerprint,
    })
  }
}

/** Makes a call; sorts the answers whose order is free. */
async function perform(log: ClaimableTaskLogBroker, step: Step, history: History): Promise<unknown> {
  switch (step.call) {
    case 'pass':
      return log.now()
    case 'add':
      return log.add(step.entries.map((entry, index) => history.entry(entry, index))) satisfies Promise<
        readonly AddOutcome[]
      >
    case 'claim':
      return claim(log, history, { queue: step.queue }, step.limit)
    case 'claimIds':
      return byId(await claim(log, history, { ids: history.ids(step.entries) }, step.limit))
    case 'start':
      return log.start(history.claims(step.claims))
    case 'heartbeat': {
      const { json, open, startedAgoMs, ...beat } = step.beat
      const tasks = history
        .claims(open)
        .map((task) => ({ ...task, startedAgoMs, progress: json, report: null }))
      const answer = await log.heartbeat({ ...beat, info: json, open: tasks })
      return { ...answer, cancelRequested: answer.cancelRequested.toSorted() }
    }
    case 'settle':
      return log.settle(step.settlements.map(({ claim, ...rest }) => ({ ...rest, ...history.claim(claim) })))
    case 'transition':
      return (await log.transition({ ...step.change, ids: history.ids(step.entries) })).toSorted()
    case 'requestCancel':
      return (await log.requestCancel(history.ids(step.entries))).toSorted()
    case 'delete':
      return (await log.delete(history.ids(step.entries))).toSorted()
    case 'recover':
      return byId(await log.recover({ limit: 1_000, baseDelayMs: 3, maxDelayMs: 10 }))
    case 'promote':
      return log.promote(1_000)
    case 'retire':
      return log.retire('w2')
    case 'setQueue':
      return log.setQueue(step.queue, step.change)
  }
}

/** Claims as a worker that has beaten. */
async function claim(
  log: ClaimableTaskLogBroker,
  { token }: History,
  from: { readonly queue: string } | { readonly ids: readonly string[] },
  limit: number,
): Promise<readonly Claim[]> {
  const workers = await log.workerStates()
  if (!workers.some(({ worker }) => worker === 'w1')) {
    await log.heartbeat({ worker: 'w1', leaseMs: 20, info: null, open: [] })
  }
  return log.claim({ worker: 'w1', token, from, limit })
}

function byId<Row extends { readonly id: string }>(rows: readonly Row[]): Row[] {
  return rows.toSorted((left, right) => (left.id < right.id ? -1 : 1))
}

/** Everything a log shows. */
async function stateOf(log: ClaimableTaskLogBroker): Promise<unknown> {
  const records = await log.search({
    where: { kind: 'and', nodes: [] },
    sort: 'id',
    direction: 'ascending',
    limit: 1_000_000,
    offset: 0,
    after: null,
    omit: [],
  })
  const queues = await log.queueStates()
  const workers = await log.workerStates()
  return {
    records,
    queues: queues.toSorted((left, right) => (left.queue < right.queue ? -1 : 1)),
    workers: workers.toSorted((left, right) => (left.worker < right.worker ? -1 : 1)),
  }
}
