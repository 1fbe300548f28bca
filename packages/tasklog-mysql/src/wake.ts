import type { Connection } from './connection.ts'
import { Transaction } from './transaction.ts'

/** The ready task of a queue that is claimed next: one step into the index. */
export const FIRST_READY = `
SELECT :queue AS queue, (
  SELECT seq FROM {tasks} WHERE stage = 'ready' AND queue = :queue ORDER BY priority, seq LIMIT 1
) AS first`

/** How far the time between two looks grows while nothing happens, and by what: a task that comes soon is found as soon. */
const SLOWEST = 100
const GROWTH = 1.02

/**
 * Who is to be told that there may be work. This log's own commits are told at once. MySQL tells nobody of another's, so
 * what is first in line is looked at now and then, only while somebody listens; a queue that is paused or full has the
 * same first task for long, and wakes nobody again and again.
 */
export class Wakes {
  readonly #connection: Connection
  readonly #wakes: Map<string, Set<() => void>> = new Map()
  readonly #first: Map<string, number | null> = new Map()
  #timer: ReturnType<typeof setTimeout> | null = null
  #intervalMs: number

  /** @param connection where to look */
  constructor(connection: Connection) {
    this.#connection = connection
    this.#intervalMs = connection.options.wakeIntervalMs
  }

  /** Calls `wake` when a task of the queue may have become ready; answers a function that ends it. */
  listen(queue: string, wake: () => void): () => void {
    const wakes = this.#wakes.get(queue) ?? new Set()
    this.#wakes.set(queue, wakes.add(wake))
    this.#hurry()
    return () => {
      wakes.delete(wake)
      if (wakes.size > 0 || this.#wakes.get(queue) !== wakes) return
      this.#wakes.delete(queue)
      this.#first.delete(queue)
      if (this.#wakes.size === 0) this.close()
    }
  }

  /** Tells those who listen to these queues. */
  ready(queues: Iterable<string>): void {
    for (const queue of queues) for (const wake of this.#wakes.get(queue) ?? []) wake()
  }

  /** Looks no more. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  /** Looks often again. */
  #hurry(): void {
    this.#intervalMs = this.#connection.options.wakeIntervalMs
    this.#schedule()
  }

  #schedule(): void {
    this.close()
    this.#timer = setTimeout(() => void this.#look(), this.#intervalMs)
    this.#timer.unref()
  }

  async #look(): Promise<void> {
    const { wakeIntervalMs } = this.#connection.options
    const timer = this.#timer
    this.#intervalMs = Math.min(this.#intervalMs * GROWTH, wakeIntervalMs * SLOWEST)
    try {
      this.ready(await this.#changed())
    } catch {
      // A hint that is missed comes again; what is wrong is told to whoever claims.
      this.#intervalMs = wakeIntervalMs * SLOWEST
    }
    // Closed, or somebody was in a hurry, while the answer was on its way.
    if (this.#timer === timer) this.#schedule()
  }

  /** Queues that have another first task than at the last look. */
  async #changed(): Promise<string[]> {
    const queues = [...this.#wakes.keys()]
    const sql = queues
      .map((_, index) => FIRST_READY.replaceAll(':queue', `:queue${index}`))
      .join(' UNION ALL ')
    const parameters = Object.fromEntries(queues.map((queue, index) => [`queue${index}`, queue]))
    const rows = await this.#connection.during(() =>
      this.#connection.withClient((client) =>
        new Transaction(this.#connection, client).rows<First>(sql, parameters),
      ),
    )
    return rows.flatMap(({ queue, first }) => {
      const before = this.#first.get(queue)
      this.#first.set(queue, first)
      if (first === null || first === before) return []
      // Where nothing was and something is, more may follow. Where there was something already, nobody waits to be told.
      if (before === null) this.#intervalMs = this.#connection.options.wakeIntervalMs
      return [queue]
    })
  }
}

interface First {
  readonly queue: string
  readonly first: number | null
}
