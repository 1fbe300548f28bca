import type { Connection } from './connection.ts'
import { isBusy } from './errors.ts'

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
  }

  /** Calls `wake` when a task of the queue may have become ready; answers a function that ends it. */
  listen(queue: string, wake: () => void): () => void {
    const wakes = this.#wakes.get(queue) ?? new Set()
    this.#wakes.set(queue, wakes.add(wake))
    this.#watch()
    return () => {
      wakes.delete(wake)
      if (wakes.size === 0 && this.#wakes.get(queue) === wakes) this.#wakes.delete(queue)
      if (this.#wakes.size === 0) this.stop()
    }
  }

  /** Tells those who listen to these queues. */
  wake(queues: Iterable<string>): void {
    for (const queue of queues) for (const wake of this.#wakes.get(queue) ?? []) wake()
  }

  /** Tells those who listen to these queues once the transaction that is open on the log's own connection has ended. */
  wakeAfterTransaction(queues: Iterable<string>): void {
    for (const queue of queues) this.#uncommitted.add(queue)
    queueMicrotask(() => this.#wakeUncommitted())
  }

  /** Looks no more. */
  stop(): void {
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
      this.stop()
      return
    }
    this.#wakeUncommitted()
    const dataVersion = this.#readDataVersion()
    if (dataVersion === this.#dataVersion) return
    this.#dataVersion = dataVersion
    this.wake([...this.#wakes.keys()])
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
      if (!isBusy(error)) this.stop()
      return null
    }
  }
}
