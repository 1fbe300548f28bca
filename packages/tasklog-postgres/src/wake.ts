import { createHash, randomBytes } from 'node:crypto'
import pg from 'pg'
import type { Connection } from './connection.ts'
import { type Parameters, read, type Transaction } from './transaction.ts'

/**
 * Tells other processes. NOTIFY takes a lock on the whole database while it commits, so it is never part of the busy
 * statements: one for each queue in a few milliseconds, in a transaction that has nothing else to commit.
 */
export const SEND_WAKES = `
SELECT pg_notify(:channel, :sender || ' ' || queue)::text FROM unnest(:queues::text[]) AS queue`

/** No queue is told of more often, in milliseconds. */
const GATHER_MS = 4
/** How often the listening connection is asked whether it is alive, and how long it may take to answer. */
const LIVENESS_INTERVAL_MS = 10_000
const LIVENESS_TIMEOUT_MS = 5_000
const FIRST_RECONNECT_MS = 100
const MAX_RECONNECT_MS = 5_000
/** A sender that no log has: what a caller's transaction says is for this log too. */
const SOMEBODY = '-'

/**
 * Who is to be told that there may be work. This log's own commits are told at once; those of other processes come by
 * NOTIFY, over a connection of its own that is open while somebody listens. A message that is lost costs one poll.
 */
export class Listeners {
  readonly #connection: Connection
  readonly #channel: string
  readonly #self: string = randomBytes(6).toString('hex')
  readonly #wakes: Map<string, Set<() => void>> = new Map()
  readonly #unsent: Set<string> = new Set()
  #gathering: NodeJS.Timeout | null = null
  #client: pg.Client | null = null
  #checking: NodeJS.Timeout | null = null
  #reconnecting: NodeJS.Timeout | null = null
  #reconnectMs = FIRST_RECONNECT_MS

  /** @param connection where messages are sent, and whose config the listening connection is opened with */
  constructor(connection: Connection) {
    const { schema, prefix } = connection.options
    this.#connection = connection
    // Channels belong to the whole database, and their names end after 63 bytes.
    this.#channel = `waybill_${createHash('sha1').update(`${schema}.${prefix}`).digest('hex').slice(0, 20)}`
  }

  /** Calls `wake` when a task of the queue may have become ready; answers a function that ends it. */
  listen(queue: string, wake: () => void): () => void {
    const wakes = this.#wakes.get(queue) ?? new Set()
    this.#wakes.set(queue, wakes.add(wake))
    this.#connect()
    return () => {
      wakes.delete(wake)
      if (wakes.size === 0 && this.#wakes.get(queue) === wakes) this.#wakes.delete(queue)
      if (this.#wakes.size === 0) void this.#disconnect()
    }
  }

  /** Tells those who listen to these queues, here and in other processes, that tasks were committed. */
  wake(queues: ReadonlySet<string>): void {
    this.#wakeHere(queues)
    if (!this.#connection.options.notify) return
    for (const queue of queues) this.#unsent.add(queue)
    if (this.#gathering === null) void this.#send()
  }

  /** Tells them once the caller's transaction is committed, and nobody if it is not: NOTIFY is part of it. */
  async wakeAfter(callers: Transaction): Promise<void> {
    if (!this.#connection.options.notify || callers.readyQueues.size === 0) return
    await callers.run(SEND_WAKES, this.#message(SOMEBODY, callers.readyQueues))
  }

  /** Sends what is to be sent, and listens no more. */
  async stop(): Promise<void> {
    this.#wakes.clear()
    if (this.#gathering !== null) clearTimeout(this.#gathering)
    if (this.#unsent.size > 0) await this.#send()
    if (this.#gathering !== null) clearTimeout(this.#gathering)
    await this.#disconnect()
  }

  #wakeHere(queues: Iterable<string>): void {
    for (const queue of queues) for (const wake of this.#wakes.get(queue) ?? []) wake()
  }

  #message(sender: string, queues: Iterable<string>): Parameters {
    return { channel: this.#channel, sender, queues: [...queues] }
  }

  async #send(): Promise<void> {
    if (this.#unsent.size === 0) return
    const message = this.#message(this.#self, this.#unsent)
    this.#unsent.clear()
    this.#gathering = setTimeout(() => {
      this.#gathering = null
      void this.#send()
    }, GATHER_MS)
    // A hint that is lost comes late: with the next one, or with a poll.
    await read(this.#connection, (transaction) => transaction.run(SEND_WAKES, message)).catch(ignore)
  }

  #connect(): void {
    if (!this.#connection.options.notify || this.#client !== null || this.#reconnecting !== null) return
    const { config, options } = this.#connection
    const client = new pg.Client({
      connectionTimeoutMillis: LIVENESS_TIMEOUT_MS,
      ...(options.listenUrl === null ? config : { connectionString: options.listenUrl }),
      query_timeout: LIVENESS_TIMEOUT_MS,
    })
    this.#client = client
    client.on('error', () => this.#lost(client))
    client.on('end', () => this.#lost(client))
    client.on('notification', ({ payload = '' }) => this.#hear(payload))
    this.#subscribe(client).catch(() => this.#lost(client))
    ;(client as pg.Client & { unref(): void }).unref()
  }

  async #subscribe(client: pg.Client): Promise<void> {
    await client.connect()
    await client.query(`LISTEN ${this.#channel}`)
    this.#reconnectMs = FIRST_RECONNECT_MS
    this.#checking = setInterval(() => {
      client.query('SELECT 1').catch(() => this.#lost(client))
    }, LIVENESS_INTERVAL_MS)
    this.#checking.unref()
    // Messages may have been missed before.
    this.#wakeHere(this.#wakes.keys())
  }

  #hear(payload: string): void {
    const space = payload.indexOf(' ')
    if (payload.slice(0, space) !== this.#self) this.#wakeHere([payload.slice(space + 1)])
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client) return
    void this.#disconnect()
    if (this.#wakes.size === 0) return
    this.#reconnecting = setTimeout(
      () => {
        this.#reconnecting = null
        this.#connect()
      },
      this.#reconnectMs * (0.5 + Math.random() / 2),
    )
    this.#reconnecting.unref()
    this.#reconnectMs = Math.min(this.#reconnectMs * 2, MAX_RECONNECT_MS)
  }

  async #disconnect(): Promise<void> {
    if (this.#checking !== null) clearInterval(this.#checking)
    if (this.#reconnecting !== null) clearTimeout(this.#reconnecting)
    this.#checking = null
    this.#reconnecting = null
    const client = this.#client
    this.#client = null
    await client?.end().catch(ignore)
  }
}

function ignore(): void {
  // See where it is used.
}
