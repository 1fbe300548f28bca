import { setTimeout as sleep } from 'node:timers/promises'
import type { ClaimableTaskLogBroker } from '@waybill/core'
import { idOf, newEntry, tokenOf } from '../searches/entries.ts'

/** A log of its own connection, whose statements wait until each is let through. */
export interface GatedLog {
  readonly log: ClaimableTaskLogBroker
  /** Lets the next statement through; resolves when it is done, or waits for a lock, or when there is none. */
  step(): Promise<void>
  /** Lets everything through from now on. */
  open(): void
  end(): Promise<void>
}

/** A parent that waits, a child of it whose worker is dead but does not know, and another child that has not begun. */
interface Family {
  readonly number: number
  readonly parent: string
  readonly held: string
  readonly waiting: string
}

type Act = (log: ClaimableTaskLogBroker, family: Family) => Promise<unknown>

/** Tokens of the worker that is alive. */
const ALIVE = 0x1000_0000

/** By then a lease of a millisecond has surely run out. */
const UNTIL_EXPIRED_MS = 5

const SETTLEMENT = { delayMs: 0, reason: null, report: null, progress: null, startedAgoMs: null } as const

/** What may meet. */
export type ActName =
  | 'a settlement'
  | 'a rescue'
  | 'a cancel of the parent'
  | 'a cancel of the child'
  | 'a cancel of the one that waits'
  | 'a claim of the one that waits'

const ACTS: Readonly<Record<ActName, Act>> = {
  'a settlement': async (log, { held, number }) =>
    await log.settle([{ id: held, token: tokenOf(number), to: 'completed', ...SETTLEMENT }]),
  'a rescue': async (log, { held }) => {
    const taken = await log.recover({ limit: 1_000, baseDelayMs: 0, maxDelayMs: 0 })
    return taken.filter(({ id }) => id === held).map(({ status, attempt }) => ({ status, attempt }))
  },
  'a cancel of the parent': async (log, { parent }) => await log.requestCancel([parent]),
  'a cancel of the child': async (log, { held }) => await log.requestCancel([held]),
  'a cancel of the one that waits': async (log, { waiting }) =>
    await log.transition({ event: 'cancel', ids: [waiting], from: ['enqueued'], reason: null, report: null }),
  'a claim of the one that waits': async (log, { waiting, number }) => {
    const from = { ids: [waiting] }
    const claims = await log.claim({ worker: 'alive', token: tokenOf(ALIVE + number), from, limit: 1 })
    return claims.map(({ attempt }) => attempt)
  },
}

/** Those that meet and touch the same entries. */
export const RACES: readonly (readonly [ActName, ActName])[] = [
  ['a settlement', 'a rescue'],
  ['a settlement', 'a cancel of the child'],
  ['a settlement', 'a cancel of the parent'],
  ['a settlement', 'a cancel of the one that waits'],
  ['a rescue', 'a rescue'],
  ['a rescue', 'a cancel of the child'],
  ['a rescue', 'a cancel of the parent'],
  ['a cancel of the parent', 'a claim of the one that waits'],
  ['a cancel of the one that waits', 'a claim of the one that waits'],
]

/** What the two were told, and how they left the family, without what is another in each family. */
export type Outcome = string

/** A meeting of two: how many statements each had sent when it was stopped, and what came of it. */
export interface Interleaving {
  readonly steps: string
  readonly outcome: Outcome
}

/** So many statements of each are enough to be in the middle of any of them. */
const STEPS = [0, 1, 2, 4]

/** Two acts on families of a log, each time on a new one. */
export class Race {
  readonly #log: ClaimableTaskLogBroker
  readonly #names: readonly [ActName, ActName]
  static #families = 0

  /** @param log where families are made, and looked at afterwards; @param names who meets */
  constructor(log: ClaimableTaskLogBroker, names: readonly [ActName, ActName]) {
    this.#log = log
    this.#names = names
  }

  /** What comes of it when one waits for the other: all that may come of it. */
  async inTurn(): Promise<readonly Outcome[]> {
    const outcomes = [await this.#oneByOne([0, 1]), await this.#oneByOne([1, 0])]
    // A rescue leaves alone what somebody else has locked; the next one takes it.
    for (const [index, name] of this.#names.entries()) {
      if (name === 'a rescue') outcomes.push(await this.#oneByOne([1 - index]))
    }
    return outcomes
  }

  /** What comes of it when one is stopped in the middle, then the other, and then both go on; in many middles. */
  async *interleaved(open: () => GatedLog): AsyncGenerator<Interleaving> {
    for (const one of STEPS) {
      for (const other of STEPS) {
        const gates = [open(), open()] as const
        try {
          yield { steps: `${one} and ${other} steps`, outcome: await this.#meet(gates, [one, other]) }
        } finally {
          for (const gate of gates) gate.open()
          await Promise.all(gates.map((gate) => gate.end()))
        }
      }
    }
  }

  async #meet(gates: readonly [GatedLog, GatedLog], steps: readonly [number, number]): Promise<Outcome> {
    const family = await this.#family()
    const answers = this.#names.map((name, index) => ACTS[name]((gates[index] as GatedLog).log, family))
    const settled = Promise.all(answers)
    settled.catch(() => {})
    for (const [index, gate] of gates.entries()) {
      for (let step = 0; step < (steps[index] as number); step += 1) await gate.step()
    }
    for (const gate of gates) gate.open()
    return await this.#outcome(family, await settled)
  }

  /** The acts with these indexes in this order; one that is left out found nothing. */
  async #oneByOne(order: readonly number[]): Promise<Outcome> {
    const family = await this.#family()
    const answers: unknown[] = [[], []]
    for (const index of order) answers[index] = await ACTS[this.#names[index] as ActName](this.#log, family)
    return await this.#outcome(family, answers)
  }

  async #family(): Promise<Family> {
    Race.#families += 1
    const number = 0xfa0000 + Race.#families
    const [parent, held, waiting] = [0, 1, 2].map((member) => idOf(number * 10 + member)) as [
      string,
      string,
      string,
    ]
    const log = this.#log
    for (const worker of ['dead', 'alive'])
      await log.heartbeat({ worker, leaseMs: 600_000, info: null, open: [] })
    for (const id of [parent, held, waiting])
      await log.add([newEntry(0, { id, parentId: id === parent ? null : parent, queue: `races${number}` })])
    const token = tokenOf(number)
    await log.claim({ worker: 'dead', token, from: { ids: [parent, held] }, limit: 2 })
    await log.settle([{ id: parent, token, to: 'completed', ...SETTLEMENT }])
    await log.heartbeat({ worker: 'dead', leaseMs: 1, info: null, open: [] })
    await sleep(UNTIL_EXPIRED_MS)
    return { number, parent, held, waiting }
  }

  async #outcome({ parent, held, waiting }: Family, answers: readonly unknown[]): Promise<Outcome> {
    const records = new Map((await this.#log.find([parent, held, waiting])).map((each) => [each.id, each]))
    const left = [parent, held, waiting].map((id) => {
      const { status, outcome, attempt, reason, cancelRequested } = records.get(id) ?? {}
      return { status, outcome, attempt, reason, cancelRequested }
    })
    return JSON.stringify({ answers, left })
      .replaceAll(parent, 'parent')
      .replaceAll(held, 'held')
      .replaceAll(waiting, 'waiting')
  }
}
