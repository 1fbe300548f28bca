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
  type WorkerBeat,
  type WorkerState,
} from '@waybill/core'
import { add } from './add.ts'
import { claim, start } from './claim.ts'
import { type Connection, connect, type MysqlClient } from './connection.ts'
import { createContainer, dropContainer, schemaSql, schemaStatus } from './container.ts'
import { doctor } from './doctor.ts'
import { heartbeat, retire, workerStates } from './heartbeat.ts'
import { type MysqlTaskLogOptions, type MysqlTaskLogSource, resolveOptions } from './options.ts'
import { promote } from './promote.ts'
import type { PulseOptions } from './pulse.ts'
import { queueStates, setQueue } from './queues.ts'
import { recover } from './recover.ts'
import { count, find, now, search, stats } from './search.ts'
import { settle } from './settle.ts'
import { deleteTasks, requestCancel, transition } from './transition.ts'

/**
 * A task log in a MySQL or MariaDB database.
 *
 * @throws InvalidInputError naming the option that is wrong
 */
export function createMysqlTaskLog(
  source: MysqlTaskLogSource,
  options: MysqlTaskLogOptions = {},
): MysqlTaskLog {
  return new MysqlTaskLog(source, options)
}

const CAPABILITIES: TaskLogCapabilities = Object.freeze({
  durable: true,
  multiProcess: true,
  transactions: true,
  pathFilters: true,
  caseFolding: 'unicode',
})

/**
 * A task log on MySQL or MariaDB. Each call is one statement or one transaction; deadlocks and lost connections are
 * retried inside, a few times.
 */
export class MysqlTaskLog implements ClaimableTaskLogBroker, WakeableTaskLog, PulsableTaskLog, SchemaTaskLog {
  readonly specificationVersion = 1
  readonly id = 'mysql'
  readonly capabilities: TaskLogCapabilities = CAPABILITIES
  /** How a worker thread renews a lease over a connection of its own; null where its settings cannot be handed over. */
  readonly pulse: { readonly module: string; readonly options: PulseOptions } | null
  readonly #connection: Connection

  /** @param source where the log is kept; @param options see {@link MysqlTaskLogOptions} */
  constructor(source: MysqlTaskLogSource, options: MysqlTaskLogOptions = {}) {
    const resolved = resolveOptions(options)
    this.#connection = connect(source, resolved)
    const { config } = this.#connection
    this.pulse = config === null ? null : { module: PULSE_MODULE, options: { ...resolved, config } }
  }

  /** {@inheritDoc TaskLogBroker.createContainer} */
  async createContainer(): Promise<void> {
    return this.#call(createContainer)
  }

  /** {@inheritDoc TaskLogBroker.now} */
  async now(): Promise<number> {
    return this.#call(now)
  }

  /** {@inheritDoc TaskLogBroker.add} */
  async add(
    entries: readonly NewTaskLogRecord[],
    options: { readonly transaction?: unknown } = {},
  ): Promise<readonly AddOutcome[]> {
    const { transaction } = options
    return this.#call((connection) =>
      add(connection, entries, transaction === undefined ? undefined : toClient(transaction)),
    )
  }

  /** {@inheritDoc TaskLogBroker.find} */
  async find(ids: readonly string[]): Promise<readonly TaskLogRecord[]> {
    return this.#call((connection) => find(connection, ids))
  }

  /** {@inheritDoc TaskLogBroker.search} */
  async search(request: TaskLogSearch): Promise<readonly FoundRecord[]> {
    return this.#call((connection) => search(connection, request))
  }

  /** {@inheritDoc TaskLogBroker.count} */
  async count(where: FilterExpression): Promise<number> {
    return this.#call((connection) => count(connection, where))
  }

  /** {@inheritDoc TaskLogBroker.stats} */
  async stats(where: FilterExpression): Promise<StatusCounts> {
    return this.#call((connection) => stats(connection, where))
  }

  /** {@inheritDoc TaskLogBroker.transition} */
  async transition(change: TransitionChange): Promise<readonly string[]> {
    return this.#call((connection) => transition(connection, change))
  }

  /** {@inheritDoc TaskLogBroker.delete} */
  async delete(ids: readonly string[]): Promise<readonly string[]> {
    return this.#call((connection) => deleteTasks(connection, ids))
  }

  /** {@inheritDoc ClaimableTaskLogBroker.claim} */
  async claim(request: ClaimRequest): Promise<readonly Claim[]> {
    return this.#call((connection) => claim(connection, request))
  }

  /** {@inheritDoc ClaimableTaskLogBroker.start} */
  async start(tasks: readonly Pick<OpenTask, 'id' | 'token'>[]): Promise<readonly string[]> {
    return this.#call((connection) => start(connection, tasks))
  }

  /** {@inheritDoc ClaimableTaskLogBroker.heartbeat} */
  async heartbeat(beat: WorkerBeat): Promise<HeartbeatAnswer> {
    return this.#call((connection) => heartbeat(connection, beat))
  }

  /** {@inheritDoc ClaimableTaskLogBroker.settle} */
  async settle(settlements: readonly Settlement[]): Promise<readonly SettleAnswer[]> {
    return this.#call((connection) => settle(connection, settlements))
  }

  /** {@inheritDoc ClaimableTaskLogBroker.recover} */
  async recover(request: RecoverRequest): Promise<readonly RecoveredTask[]> {
    return this.#call((connection) => recover(connection, request))
  }

  /** {@inheritDoc ClaimableTaskLogBroker.promote} */
  async promote(limit: number): Promise<PromoteAnswer> {
    return this.#call((connection) => promote(connection, limit))
  }

  /** {@inheritDoc ClaimableTaskLogBroker.retire} */
  async retire(worker: string): Promise<void> {
    return this.#call((connection) => retire(connection, worker))
  }

  /** {@inheritDoc ClaimableTaskLogBroker.requestCancel} */
  async requestCancel(ids: readonly string[]): Promise<readonly string[]> {
    return this.#call((connection) => requestCancel(connection, ids))
  }

  /** {@inheritDoc ClaimableTaskLogBroker.setQueue} */
  async setQueue(
    queue: string,
    change: { readonly paused?: boolean; readonly concurrency?: number | null },
  ): Promise<void> {
    return this.#call((connection) => setQueue(connection, queue, change))
  }

  /** {@inheritDoc ClaimableTaskLogBroker.queueStates} */
  async queueStates(): Promise<readonly QueueState[]> {
    return this.#call(queueStates)
  }

  /** {@inheritDoc ClaimableTaskLogBroker.workerStates} */
  async workerStates(): Promise<readonly WorkerState[]> {
    return this.#call(workerStates)
  }

  /** {@inheritDoc WakeableTaskLog.onWake} */
  onWake(queue: string, wake: () => void): () => void {
    this.#connection.refuseClosed()
    return this.#connection.wakes.listen(queue, wake)
  }

  /** {@inheritDoc SchemaTaskLog.schemaStatus} */
  async schemaStatus(): Promise<SchemaStatus> {
    return this.#call(schemaStatus)
  }

  /** {@inheritDoc SchemaTaskLog.schemaSql} */
  schemaSql(): string {
    return schemaSql(this.#connection)
  }

  /** {@inheritDoc SchemaTaskLog.doctor} */
  async doctor(): Promise<readonly string[]> {
    return this.#call(doctor)
  }

  /** {@inheritDoc SchemaTaskLog.dropContainer} */
  async dropContainer(): Promise<void> {
    return this.#call(dropContainer)
  }

  /** Carries out what is under way and ends the log's own pool; one that was handed in stays open. */
  async close(): Promise<void> {
    await this.#connection.close()
  }

  /** Closes the log. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #call<Answer>(work: (connection: Connection) => Promise<Answer>): Promise<Answer> {
    return this.#connection.during(() => work(this.#connection))
  }
}

/** A TypeScript source runs as it is, and is found as it is. */
const PULSE_MODULE: string = new URL(
  import.meta.url.endsWith('.ts') ? './pulse.ts' : './pulse.js',
  import.meta.url,
).href

/** A pool would run each statement on another connection, outside the transaction. */
function toClient(transaction: unknown): MysqlClient {
  if (!isClient(transaction) || 'getConnection' in transaction) {
    throw new InvalidInputError(
      'transaction',
      'expected a mysql2 connection inside a transaction, or a wrapper with a query method',
    )
  }
  return transaction.promise?.() ?? transaction
}

/** Connections of mysql2's callback kind say what their promise kind is. */
function isClient(value: unknown): value is MysqlClient & { promise?(): MysqlClient } {
  return typeof value === 'object' && value !== null && 'query' in value
}
