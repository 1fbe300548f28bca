import type { QueueState, TaskLogRecord, WorkerState } from '@waybill/core'
import type { AnsweredCall, Call, Method } from './call.ts'
import { Holdings } from './holdings.ts'
import { Sightings } from './sightings.ts'
import { troublesOf } from './troubles.ts'

/** A run of a task, from the ledger that the tasks write outside the database. */
export interface Run {
  readonly id: string
  readonly attempt: number
  /** The worker, by its id in the log. */
  readonly worker: string
  readonly began: number
  /** Null when its process died, or left it behind. */
  readonly ended: number | null
}

/** An enqueue as the one who asked for it saw it. */
export interface Enqueue {
  readonly owner: string
  readonly key: string | null
  /** Null when the call failed. */
  readonly id: string | null
  /** When it was answered. */
  readonly ended: number
}

/** A message of a broker that is not the log. */
export interface MessageMove {
  readonly what: 'popped' | 'acknowledged'
  readonly id: string
  readonly at: number
}

/** A worker that was killed. */
export interface Death {
  readonly worker: string
  readonly at: number
}

/** A time in which the store was out of reach for somebody, a worker stood still, or there was none. */
export interface Trouble {
  readonly from: number
  readonly to: number
}

/** What was measured of a process. */
export interface Usage {
  readonly process: string
  readonly when: 'before' | 'after'
  /** Resident memory in bytes. */
  readonly memory: number
  /** Things that keep its event loop alive: timers, sockets, threads. */
  readonly handles: number
}

/** The world after the last worker has left. */
export interface Remains {
  readonly records: readonly TaskLogRecord[]
  readonly queues: readonly QueueState[]
  readonly workers: readonly WorkerState[]
  /** Messages a broker that is not the log still has. */
  readonly messages: number
  /** Connections to the database beside the one that looks, and those of them inside a transaction; null: not asked. */
  readonly connections: { readonly all: number; readonly inTransaction: number } | null
}

/** What is known of a run of the whole system. */
export interface Facts {
  readonly timing: { readonly leaseMs: number; readonly beatMs: number; readonly sweepMs: number }
  readonly calls: readonly Call[]
  readonly runs: readonly Run[]
  readonly enqueues: readonly Enqueue[]
  /** What was taken from, and forgotten by, a broker that is not the log, in order. */
  readonly messages: readonly MessageMove[]
  /** What users were shown of the log. */
  readonly views: readonly { readonly owner: string; readonly ids: readonly string[] }[]
  /** How often each queue was asked first, by a worker of all of them. */
  readonly picks: readonly { readonly queue: string; readonly weight: number; readonly count: number }[]
  /** Entries one worker ran one by one while nothing went wrong, in the order in which they were enqueued. */
  readonly ordered: readonly string[]
  readonly deaths: readonly Death[]
  /** How often each class of fault fired. */
  readonly faults: Readonly<Record<string, number>>
  readonly troubles: readonly Trouble[]
  /** Times without any fault, with workers that are free to work. */
  readonly quiet: readonly Trouble[]
  readonly usage: readonly Usage[]
  readonly remains: Remains
}

/** Facts, and what the invariants look up in them. */
export class Evidence {
  readonly facts: Facts
  readonly #byMethod: ReadonlyMap<Method, readonly Call[]>
  readonly #records: ReadonlyMap<string, TaskLogRecord>
  #holdings: Holdings | null = null
  #sightings: Sightings | null = null
  #troubles: readonly Trouble[] | null = null

  constructor(facts: Facts) {
    this.facts = facts
    const inOrder = facts.calls.toSorted((left, right) => left.began - right.began)
    this.#byMethod = Map.groupBy(inOrder, ({ method }) => method)
    this.#records = new Map(facts.remains.records.map((record) => [record.id, record]))
  }

  /** All calls of a method, in the order in which they began. */
  all<Name extends Method>(method: Name): readonly Call<Name>[] {
    return (this.#byMethod.get(method) ?? []) as readonly Call<Name>[]
  }

  /** Those that were answered. */
  answered<Name extends Method>(method: Name): readonly AnsweredCall<Name>[] {
    return this.all(method).filter((call): call is AnsweredCall<Name> => call.outcome === 'ok')
  }

  /** Those that may have been carried out though nobody was told. */
  unknown<Name extends Method>(method: Name): readonly Call<Name>[] {
    return this.all(method).filter(({ outcome }) => outcome === 'unknown')
  }

  /** Who held what when. */
  get holdings(): Holdings {
    this.#holdings ??= new Holdings(this)
    return this.#holdings
  }

  /** When which status was seen. */
  get sightings(): Sightings {
    this.#sightings ??= new Sightings(this)
    return this.#sightings
  }

  /** When not all was well. */
  get troubles(): readonly Trouble[] {
    this.#troubles ??= troublesOf(this)
    return this.#troubles
  }

  /** An entry as it was left. */
  record(id: string): TaskLogRecord | undefined {
    return this.#records.get(id)
  }
}

/** A promise that was broken, in one sentence. */
export type Violation = string

/** Looks whether a promise was kept. */
export type Invariant = (evidence: Evidence) => readonly Violation[]
