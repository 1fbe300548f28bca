import type { Connection, SqliteDatabase } from './connection.ts'
import { isBusy } from './errors.ts'

/** The data version of a connection does not change for what it wrote itself, whichever log over it did. */
const sharers: WeakMap<SqliteDatabase, Set<Listeners>> = new WeakMap()

/**
 * Who is to be told that there may be work. This log's own commits are told at once; that another connection wrote is
 * noticed by a look at the data version now and then, only while somebody listens.
 */
export class Listeners {
  readonly #connection: Connection
  readonly #wakes: Map<string, Set<() => void>> = new Map()
  /** Queues that got tasks inside a transaction of the caller's that had not ended when they were last looked at. */
  readonly #uncommitted: Set<string> = new Set()
  #timer: ReturnType<typeof setInterval> | null = null
  #dataVersion: unknown = null

  /** @param connection where the data version is read */
  constructor(connection: Connection) {
    this.#connection = connection
    const sharing = sharers.get(connection.database) ?? new Set()
    sharers.set(connection.database, sharing.add(this))
  }

  /** Calls `wake` when a task of the queue may have become ready; answers a function that ends it. */
  listen(queue: string, wake: () => void): () => void {
    const wakes = this.#wakes.get(queue) ?? new Set()
    this.#wakes.set(queue, wakes.add(wake))
    this.#watch()
    return () => {
      wakes.delete(wake)
      if (wakes.size === 0 && this.#wakes.get(queue) === wakes) this.#wakes.delete(queue)
      if (this.#wakes.size === 0) this.#stop()
    }
  }

  /** Tells those who listen to these queues, on this log or on another over the same connection. */
  wake(queues: Iterable<string>): void {
    for (const queue of queues) {
      for (const sharer of sharers.get(this.#connection.database) ?? []) sharer.#call(queue)
    }
  }

  /** Tells those who listen to these queues once the transaction that is open on the log's own connection has ended. */
  wakeAfterTransaction(queues: Iterable<string>): void {
    for (const queue of queues) this.#uncommitted.add(queue)
    queueMicrotask(() => this.#wakeUncommitted())
  }

  /** Listens no more. */
  close(): void {
    this.#stop()
    sharers.get(this.#connection.database)?.delete(this)
  }

  #call(queue: string): void {
    for (const wake of this.#wakes.get(queue) ?? []) wake()
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  #watch(): void {
    if (this.#timer !== null) return
    this.#dataVersion = this.#readDataVersion()
    this.#timer = setInterval(() => this.#look(), this.#connection.options.wakeIntervalMs)
    this.#timer.unref()
  }

  #look(): void {
    if (!this.#connection.database.open) {
      this.#stop()
      return
    }
    this.#wakeUncommitted()
    const dataVersion = this.#readDataVersion()
    if (dataVersion === this.#dataVersion) return
    this.#dataVersion = dataVersion
    for (const queue of [...this.#wakes.keys()]) this.#call(queue)
  }

  #wakeUncommitted(): void {
    if (this.#uncommitted.size === 0 || this.#connection.database.inTransaction) return
    const queues = [...this.#uncommitted]
    this.#uncommitted.clear()
    this.wake(queues)
  }

  /** Null where the database is busy with recovery: a hint that is missed comes again. */
  #readDataVersion(): unknown {
    try {
      return this.#connection.dataVersion()
    } catch (error) {
      if (!isBusy(error)) this.#stop()
      return null
    }
  }
}
