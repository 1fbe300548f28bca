import {
  type AddOutcome,
  type Claim,
  type ClaimableTaskLogBroker,
  type ClaimRequest,
  type FilterExpression,
  type FoundRecord,
  type HeartbeatAnswer,
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
import { type Connection, connect } from './connection.ts'
import { createContainer, dropContainer, schemaSql, schemaStatus } from './container.ts'
import { doctor } from './doctor.ts'
import { heartbeat, retire, workerStates } from './heartbeat.ts'
import { type PostgresTaskLogOptions, type PostgresTaskLogSource, resolveOptions } from './options.ts'
import { promote } from './promote.ts'
import type { PulseOptions } from './pulse.ts'
import { queueStates, setQueue } from './queues.ts'
import { recover } from './recover.ts'
import { count, find, now, search, stats } from './search.ts'
import { settle } from './settle.ts'
import { read, type Work, write, writeOnce } from './transaction.ts'
import { deleteTasks, requestCancel, transition } from './transition.ts'

/**
 * A task log in PostgreSQL 14 or newer, over a pool of yours or one of its own. Nothing is asked of the database before
 * the first call.
 *
 * @throws InvalidInputError naming the option that is wrong
 */
export function createPostgresTaskLog(
  source: PostgresTaskLogSource,
  options: PostgresTaskLogOptions = {},
): PostgresTaskLog {
  return new PostgresTaskLog(source, options)
}

const CAPABILITIES: TaskLogCapabilities = Object.freeze({
  durable: true,
  multiProcess: true,
  transactions: true,
  pathFilters: true,
  caseFolding: 'ascii',
})

/**
 * A task log on PostgreSQL. Each call is one statement or one transaction; its promise resolves after the commit.
 * Deadlocks, serialization failures and lost connections are met by a bounded number of further attempts.
 */
export class PostgresTaskLog
  implements ClaimableTaskLogBroker, WakeableTaskLog, PulsableTaskLog, SchemaTaskLog
{
  readonly specificationVersion = 1
  readonly id = 'postgres'
  readonly capabilities: TaskLogCapabilities = CAPABILITIES
  /** How a worker thread renews a lease over a connection of its own; null where the config has functions in it. */
  readonly pulse: { readonly module: string; readonly options: PulseOptions } | null
  readonly #connection: Connection
  #isClosed = false

  /** @param source where the log is kept; @param options see {@link PostgresTaskLogOptions} */
  constructor(source: PostgresTaskLogSource, options: PostgresTaskLogOptions = {}) {
    const resolved = resolveOptions(options)
    this.#connection = connect(source, resolved)
    const pulse = { module: PULSE_MODULE, options: { ...resolved, config: this.#connection.config } }
    this.pulse = isCloneable(pulse) ? pulse : null
  }

  /** {@inheritDoc TaskLogBroker.createContainer} */
  async createContainer(): Promise<void> {
    return createContainer(this.#open())
  }

  /** {@inheritDoc TaskLogBroker.now} */
  async now(): Promise<number> {
    return this.#read(now)
  }

  /** {@inheritDoc TaskLogBroker.add} */
  async add(
    entries: readonly NewTaskLogRecord[],
    options: { readonly transaction?: unknown } = {},
  ): Promise<readonly AddOutcome[]> {
    return add(this.#open(), entries, options.transaction)
  }

  /** {@inheritDoc TaskLogBroker.find} */
  async find(ids: readonly string[]): Promise<readonly TaskLogRecord[]> {
    return this.#read((transaction) => find(transaction, ids))
  }

  /** {@inheritDoc TaskLogBroker.search} */
  async search(request: TaskLogSearch): Promise<readonly FoundRecord[]> {
    return this.#read((transaction) => search(transaction, request))
  }

  /** {@inheritDoc TaskLogBroker.count} */
  async count(where: FilterExpression): Promise<number> {
    return this.#read((transaction) => count(transaction, where))
  }

  /** {@inheritDoc TaskLogBroker.stats} */
  async stats(where: FilterExpression): Promise<StatusCounts> {
    return this.#read((transaction) => stats(transaction, where))
  }

  /** {@inheritDoc TaskLogBroker.transition} */
  async transition(change: TransitionChange): Promise<readonly string[]> {
    return this.#write((transaction) => transition(transaction, change))
  }

  /** {@inheritDoc TaskLogBroker.delete} */
  async delete(ids: readonly string[]): Promise<readonly string[]> {
    return this.#write((transaction) => deleteTasks(transaction, ids))
  }

  /** {@inheritDoc ClaimableTaskLogBroker.claim} */
  async claim(request: ClaimRequest): Promise<readonly Claim[]> {
    return claim(this.#open(), request)
  }

  /** {@inheritDoc ClaimableTaskLogBroker.start} */
  async start(tasks: readonly Pick<OpenTask, 'id' | 'token'>[]): Promise<readonly string[]> {
    return writeOnce(this.#open(), (transaction) => start(transaction, tasks))
  }

  /** {@inheritDoc ClaimableTaskLogBroker.heartbeat} */
  async heartbeat(beat: WorkerBeat): Promise<HeartbeatAnswer> {
    return writeOnce(this.#open(), (transaction, isRepeat) => heartbeat(transaction, beat, isRepeat))
  }

  /** {@inheritDoc ClaimableTaskLogBroker.settle} */
  async settle(settlements: readonly Settlement[]): Promise<readonly SettleAnswer[]> {
    return settle(this.#open(), settlements)
  }

  /** {@inheritDoc ClaimableTaskLogBroker.recover} */
  async recover(request: RecoverRequest): Promise<readonly RecoveredTask[]> {
    return this.#write((transaction) => recover(transaction, request))
  }

  /** {@inheritDoc ClaimableTaskLogBroker.promote} */
  async promote(limit: number): Promise<PromoteAnswer> {
    return promote(this.#open(), limit)
  }

  /** {@inheritDoc ClaimableTaskLogBroker.retire} */
  async retire(worker: string): Promise<void> {
    return this.#write((transaction) => retire(transaction, worker))
  }

  /** {@inheritDoc ClaimableTaskLogBroker.requestCancel} */
  async requestCancel(ids: readonly string[]): Promise<readonly string[]> {
    return this.#write((transaction) => requestCancel(transaction, ids))
  }

  /** {@inheritDoc ClaimableTaskLogBroker.setQueue} */
  async setQueue(
    queue: string,
    change: { readonly paused?: boolean; readonly concurrency?: number | null },
  ): Promise<void> {
    return this.#write((transaction) => setQueue(transaction, queue, change))
  }

  /** {@inheritDoc ClaimableTaskLogBroker.queueStates} */
  async queueStates(): Promise<readonly QueueState[]> {
    return this.#read(queueStates)
  }

  /** {@inheritDoc ClaimableTaskLogBroker.workerStates} */
  async workerStates(): Promise<readonly WorkerState[]> {
    return this.#read(workerStates)
  }

  /** {@inheritDoc WakeableTaskLog.onWake} */
  onWake(queue: string, wake: () => void): () => void {
    return this.#open().listeners.listen(queue, wake)
  }

  /** {@inheritDoc SchemaTaskLog.schemaStatus} */
  async schemaStatus(): Promise<SchemaStatus> {
    return schemaStatus(this.#open())
  }

  /** {@inheritDoc SchemaTaskLog.schemaSql} */
  schemaSql(): string {
    return schemaSql(this.#connection.options)
  }

  /** {@inheritDoc SchemaTaskLog.doctor} */
  async doctor(): Promise<readonly string[]> {
    return doctor(this.#open())
  }

  /** {@inheritDoc SchemaTaskLog.dropContainer} */
  async dropContainer(): Promise<void> {
    return dropContainer(this.#open())
  }

  /** Ends the log's own pool; one that was handed in stays open. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#connection.close()
  }

  /** Closes the log. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #write<Answer>(work: Work<Answer>): Promise<Answer> {
    return write(this.#open(), work)
  }

  #read<Answer>(work: Work<Answer>): Promise<Answer> {
    return read(this.#open(), work)
  }

  #open(): Connection {
    if (this.#isClosed) {
      throw new WaybillError('closed', 'This PostgreSQL task log is closed. Create a new one.')
    }
    return this.#connection
  }
}

/** A TypeScript source runs as it is, and is found as it is. */
const PULSE_MODULE: string = new URL(
  import.meta.url.endsWith('.ts') ? './pulse.ts' : './pulse.js',
  import.meta.url,
).href

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}
