import { resolve } from 'node:path'
import {
  type AddOutcome,
  type Claim,
  type ClaimableTaskLogBroker,
  type ClaimRequest,
  type FilterExpression,
  type FoundRecord,
  type HeartbeatAnswer,
  InvalidInputError,
  type NewTaskLogRecord,
  type OpenTask,
  type PromoteAnswer,
  type PulsableTaskLog,
  type QueueState,
  type RecoveredTask,
  type RecoverRequest,
  type SchemaStatus,
  type SchemaTaskLog,
  type SettleAnswer,
  type Settlement,
  type StatusCounts,
  type TaskLogCapabilities,
  type TaskLogRecord,
  type TaskLogSearch,
  type TransitionChange,
  type WakeableTaskLog,
  WaybillError,
  type WorkerBeat,
  type WorkerState,
} from '@waybill/core'
import { add } from './add.ts'
import { claim, start } from './claim.ts'
import { Connection, connect, type SqliteDatabase } from './connection.ts'
import { createContainer, dropContainer, schemaSql, schemaStatus } from './container.ts'
import { doctor } from './doctor.ts'
import { heartbeat, retire, workerStates } from './heartbeat.ts'
import { resolveOptions, type SqliteTaskLogOptions, type SqliteTaskLogSource } from './options.ts'
import { promote } from './promote.ts'
import type { PulseOptions } from './pulse.ts'
import { queueStates, setQueue } from './queues.ts'
import { recover } from './recover.ts'
import { count, find, search, stats } from './search.ts'
import { settle } from './settle.ts'
import { read, type Work, type WorkOptions, within, write } from './transaction.ts'
import { deleteTasks, requestCancel, transition } from './transition.ts'
import { Listeners } from './wake.ts'

/**
 * A task log in a SQLite file, or in a better-sqlite3 database of yours.
 *
 * @throws InvalidInputError naming the option that is wrong
 * @throws StoreError when the file cannot be opened
 */
export function createSqliteTaskLog(
  source: SqliteTaskLogSource,
  options: SqliteTaskLogOptions = {},
): SqliteTaskLog {
  return new SqliteTaskLog(source, options)
}

const CAPABILITIES: TaskLogCapabilities = Object.freeze({
  durable: true,
  multiProcess: true,
  transactions: true,
  pathFilters: true,
  caseFolding: 'ascii',
})

/** A database in memory is gone with its process, and seen by no other. */
const MEMORY_CAPABILITIES: TaskLogCapabilities = Object.freeze({
  ...CAPABILITIES,
  durable: false,
  multiProcess: false,
})

/**
 * A task log on SQLite. Each call is one transaction, done before the call returns its promise unless another
 * connection holds the write lock; the promise resolves after the commit.
 */
export class SqliteTaskLog
  implements ClaimableTaskLogBroker, WakeableTaskLog, PulsableTaskLog, SchemaTaskLog
{
  readonly specificationVersion = 1
  readonly id = 'sqlite'
  readonly capabilities: TaskLogCapabilities
  /** How a worker thread renews a lease over a connection of its own; null for a database in memory. */
  readonly pulse: { readonly module: string; readonly options: PulseOptions } | null
  readonly #connection: Connection
  readonly #listeners: Listeners
  readonly #writing: WorkOptions = { committed: (readyQueues) => this.#listeners.wake(readyQueues) }
  readonly #callers: WeakMap<object, Connection> = new WeakMap()
  #isClosed = false

  /** @param source where the log is kept; @param options see {@link SqliteTaskLogOptions} */
  constructor(source: SqliteTaskLogSource, options: SqliteTaskLogOptions = {}) {
    const resolved = resolveOptions(options)
    this.#connection = connect(source, resolved)
    this.#listeners = new Listeners(this.#connection)
    const { memory, name } = this.#connection.database
    this.capabilities = memory ? MEMORY_CAPABILITIES : CAPABILITIES
    const { clock, ...cloneable } = resolved
    const hasPulse = !memory && clock === null
    this.pulse = hasPulse ? { module: PULSE_MODULE, options: { ...cloneable, file: resolve(name) } } : null
  }

  async createContainer(): Promise<void> {
    return write(this.#open(), createContainer, { requiresSchema: false })
  }

  async now(): Promise<number> {
    return this.#read((transaction) => transaction.now)
  }

  async add(
    entries: readonly NewTaskLogRecord[],
    options: { readonly transaction?: unknown } = {},
  ): Promise<readonly AddOutcome[]> {
    const { transaction: caller } = options
    if (caller === undefined) return this.#write((transaction) => add(transaction, entries))
    const connection = this.#callerConnection(caller)
    const { answer, readyQueues } = within(connection, (transaction) => add(transaction, entries))
    if (connection === this.#connection) this.#listeners.wakeAfterTransaction(readyQueues)
    return answer
  }

  async find(ids: readonly string[]): Promise<readonly TaskLogRecord[]> {
    return this.#read((transaction) => find(transaction, ids))
  }

  async search(request: TaskLogSearch): Promise<readonly FoundRecord[]> {
    return this.#read((transaction) => search(transaction, request))
  }

  async count(where: FilterExpression): Promise<number> {
    return this.#read((transaction) => count(transaction, where))
  }

  async stats(where: FilterExpression): Promise<StatusCounts> {
    return this.#read((transaction) => stats(transaction, where))
  }

  async transition(change: TransitionChange): Promise<readonly string[]> {
    return this.#write((transaction) => transition(transaction, change))
  }

  async delete(ids: readonly string[]): Promise<readonly string[]> {
    return this.#write((transaction) => deleteTasks(transaction, ids))
  }

  async claim(request: ClaimRequest): Promise<readonly Claim[]> {
    return this.#write((transaction) => claim(transaction, request))
  }

  async start(tasks: readonly Pick<OpenTask, 'id' | 'token'>[]): Promise<readonly string[]> {
    return this.#write((transaction) => start(transaction, tasks))
  }

  async heartbeat(beat: WorkerBeat): Promise<HeartbeatAnswer> {
    return this.#write((transaction) => heartbeat(transaction, beat))
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly SettleAnswer[]> {
    return this.#write((transaction) => settle(transaction, settlements))
  }

  async recover(request: RecoverRequest): Promise<readonly RecoveredTask[]> {
    return this.#write((transaction) => recover(transaction, request))
  }

  async promote(limit: number): Promise<PromoteAnswer> {
    return this.#write((transaction) => promote(transaction, limit))
  }

  async retire(worker: string): Promise<void> {
    return this.#write((transaction) => retire(transaction, worker))
  }

  async requestCancel(ids: readonly string[]): Promise<readonly string[]> {
    return this.#write((transaction) => requestCancel(transaction, ids))
  }

  async setQueue(
    queue: string,
    change: { readonly paused?: boolean; readonly concurrency?: number | null },
  ): Promise<void> {
    return this.#write((transaction) => setQueue(transaction, queue, change))
  }

  async queueStates(): Promise<readonly QueueState[]> {
    return this.#read(queueStates)
  }

  async workerStates(): Promise<readonly WorkerState[]> {
    return this.#read(workerStates)
  }

  onWake(queue: string, wake: () => void): () => void {
    this.#open()
    return this.#listeners.listen(queue, wake)
  }

  async schemaStatus(): Promise<SchemaStatus> {
    return read(this.#open(), ({ connection }) => schemaStatus(connection), { requiresSchema: false })
  }

  schemaSql(): string {
    return schemaSql(this.#connection.options.prefix)
  }

  async doctor(): Promise<readonly string[]> {
    return read(this.#open(), ({ connection }) => doctor(connection), { requiresSchema: false })
  }

  async dropContainer(): Promise<void> {
    return write(this.#open(), dropContainer, { requiresSchema: false })
  }

  /** Closes the file when all is written that was asked for; a database that was handed in stays open. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#listeners.close()
    await this.#connection.writing
    this.#connection.close()
  }

  /** Closes the log. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #write<Answer>(work: Work<Answer>): Promise<Answer> {
    return write(this.#open(), work, this.#writing)
  }

  #read<Answer>(work: Work<Answer>): Promise<Answer> {
    return read(this.#open(), work)
  }

  #open(): Connection {
    if (this.#isClosed) {
      throw new WaybillError('closed', 'This SQLite task log is closed. Create a new one.')
    }
    return this.#connection
  }

  /** The connection for a database of the caller's, with its own prepared statements. */
  #callerConnection(caller: unknown): Connection {
    const { database, options } = this.#open()
    if (caller === database) return this.#inTransaction(this.#connection)
    if (!isDatabase(caller)) {
      throw new InvalidInputError('transaction', 'expected a better-sqlite3 database')
    }
    const connection = this.#callers.get(caller) ?? new Connection(caller, options, false)
    this.#callers.set(caller, connection)
    return this.#inTransaction(connection)
  }

  #inTransaction(connection: Connection): Connection {
    if (connection.database.inTransaction) return connection
    throw new InvalidInputError(
      'transaction',
      'expected a better-sqlite3 database inside a transaction; begin one, or leave the option out',
    )
  }
}

/** A TypeScript source runs as it is, and is found as it is. */
const PULSE_MODULE: string = new URL(
  import.meta.url.endsWith('.ts') ? './pulse.ts' : './pulse.js',
  import.meta.url,
).href

function isDatabase(value: unknown): value is SqliteDatabase {
  return typeof value === 'object' && value !== null && 'prepare' in value && 'inTransaction' in value
}
