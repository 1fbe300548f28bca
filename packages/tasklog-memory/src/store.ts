import { type Clock, type EndStatus, OPEN_STATUSES, type TaskLogRecord, type TaskStatus } from '@waybill/core'
import { ReadyQueue } from './ready-queue.ts'

/** A record in memory: what the contract shows, and what an adapter keeps to itself. */
export interface Row extends Mutable<TaskLogRecord> {
  /** The order in which entries were added. */
  readonly seq: number
  readonly fingerprint: string | null
  /** The token of the last claim; stays after the end, so that a repeated settlement is recognised. */
  token: string | null
  /** It stands in its ready queue. */
  listed: boolean
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

export interface WorkerRow {
  readonly worker: string
  readonly startedAt: number
  beatAt: number
  leaseUntil: number
  info: string | null
  readonly held: Set<Row>
}

export interface QueueRow {
  readonly queue: string
  paused: boolean
  concurrency: number | null
  /** Somebody set it up. */
  isSet: boolean
  held: number
  readonly ready: ReadyQueue
}

/** The tables of the log and their indexes. Everything that moves a row goes through here, so the indexes stay true. */
export class Store {
  readonly rows: Map<string, Row> = new Map()
  readonly keys: Map<string, Row> = new Map()
  readonly children: Map<string, Set<Row>> = new Map()
  readonly waiting: Set<Row> = new Set()
  readonly workers: Map<string, WorkerRow> = new Map()
  readonly queues: Map<string, QueueRow> = new Map()
  readonly #wakes: Map<string, Set<() => void>> = new Map()
  readonly #clock: Clock
  #lastNow = 0
  #lastSeq = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The log's clock: whole milliseconds, never stepping back. */
  now(): number {
    this.#lastNow = Math.max(this.#lastNow, Math.floor(this.#clock.now()))
    return this.#lastNow
  }

  nextSeq(): number {
    this.#lastSeq += 1
    return this.#lastSeq
  }

  queue(name: string): QueueRow {
    let queue = this.queues.get(name)
    if (queue === undefined) {
      queue = {
        queue: name,
        paused: false,
        concurrency: null,
        isSet: false,
        held: 0,
        ready: new ReadyQueue(),
      }
      this.queues.set(name, queue)
    }
    return queue
  }

  insert(row: Row): void {
    this.rows.set(row.id, row)
    if (row.idempotencyKey !== null) this.keys.set(keyOf(row.owner, row.idempotencyKey), row)
    if (row.parentId !== null) {
      const siblings = this.children.get(row.parentId)
      if (siblings === undefined) this.children.set(row.parentId, new Set([row]))
      else siblings.add(row)
    }
    this.enqueued(row)
  }

  remove(row: Row): void {
    this.rows.delete(row.id)
    if (row.idempotencyKey !== null) this.keys.delete(keyOf(row.owner, row.idempotencyKey))
    if (row.parentId !== null) this.children.get(row.parentId)?.delete(row)
    this.children.delete(row.id)
  }

  /** Puts an enqueued row where claim or promote will find it. */
  enqueued(row: Row): void {
    const queue = this.queue(row.queue)
    if (row.hold !== null) this.waiting.add(row)
    else {
      this.waiting.delete(row)
      if (!row.listed) queue.ready.push(row)
      this.wake(row.queue)
    }
  }

  /** A worker's row; one that never beat, or was forgotten, has a lease that has run out. */
  worker(name: string, now: number): WorkerRow {
    let worker = this.workers.get(name)
    if (worker === undefined) {
      worker = { worker: name, startedAt: now, beatAt: now, leaseUntil: now, info: null, held: new Set() }
      this.workers.set(name, worker)
    }
    return worker
  }

  hold(row: Row, worker: string, now: number): void {
    this.worker(worker, now).held.add(row)
    this.queue(row.queue).held += 1
    row.worker = worker
  }

  /** Moves a row out of the hands of its worker, or out of its queue. */
  leave(row: Row, status: TaskStatus, now: number): void {
    if (row.status === 'dequeued' || row.status === 'running') {
      this.queue(row.queue).held -= 1
      if (row.worker !== null) this.workers.get(row.worker)?.held.delete(row)
    }
    this.waiting.delete(row)
    row.hold = null
    row.status = status
    row.updatedAt = now
  }

  end(row: Row, status: EndStatus, now: number): void {
    this.leave(row, status, now)
    row.outcome = status
    row.finishedAt = now
  }

  onWake(queue: string, wake: () => void): () => void {
    const wakes = this.#wakes.get(queue) ?? new Set()
    this.#wakes.set(queue, wakes.add(wake))
    return () => wakes.delete(wake)
  }

  wake(queue: string): void {
    for (const wake of this.#wakes.get(queue) ?? []) wake()
  }

  openChildren(id: string): Row[] {
    return [...(this.children.get(id) ?? [])].filter((child) => OPEN_STATUSES.includes(child.status))
  }
}

/** One key per owner: nobody learns of another's task by guessing its key. */
export function keyOf(owner: string, idempotencyKey: string): string {
  return `${owner}\0${idempotencyKey}`
}

/** A hold for a row that is enqueued again, or for the first time. */
export function holdFor(row: Pick<Row, 'dueAt' | 'limitKey'>, now: number): Row['hold'] {
  if (row.dueAt > now) return 'due'
  return row.limitKey === null ? null : 'limit'
}
