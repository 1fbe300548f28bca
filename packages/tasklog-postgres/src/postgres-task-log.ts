import type {
  AddOutcome,
  Claim,
  ClaimableTaskLogBroker,
  ClaimRequest,
  FilterExpression,
  FoundRecord,
  HeartbeatAnswer,
  NewTaskLogRecord,
  OpenTask,
  PromoteAnswer,
  PulsableTaskLog,
  QueueState,
  RecoveredTask,
  RecoverRequest,
  SchemaStatus,
  SchemaTaskLog,
  SettleAnswer,
  Settlement,
  StatusCounts,
  TaskLogCapabilities,
  TaskLogRecord,
  TaskLogSearch,
  TransitionChange,
  WakeableTaskLog,
  WorkerBeat,
  WorkerState,
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

  /** @param source where the log is kept; @param options see {@link PostgresTaskLogOptions} */
  constructor(source: PostgresTaskLogSource, options: PostgresTaskLogOptions = {}) {
    const resolved = resolveOptions(options)
    this.#connection = connect(source, resolved)
    const pulse = { module: PULSE_MODULE, options: { ...resolved, config: this.#connection.config } }
    this.pulse = isCloneable(pulse) ? pulse : null
  }

  /** {@inheritDoc TaskLogBroker.createContainer} */
  async createContainer(): Promise<void> {
    return this.#call(createContainer)
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
    return this.#call((connection) => add(connection, entries, options.transaction))
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
    return this.#call((connection) => claim(connection, request))
  }

  /** {@inheritDoc ClaimableTaskLogBroker.start} */
  async start(tasks: readonly Pick<OpenTask, 'id' | 'token'>[]): Promise<readonly string[]> {
    return this.#call((connection) => writeOnce(connection, (transaction) => start(transaction, tasks)))
  }

  /** {@inheritDoc ClaimableTaskLogBroker.heartbeat} */
  async heartbeat(beat: WorkerBeat): Promise<HeartbeatAnswer> {
    return this.#call((connection) =>
      writeOnce(connection, (transaction, isRepeat) => heartbeat(transaction, beat, isRepeat)),
    )
  }

  /** {@inheritDoc ClaimableTaskLogBroker.settle} */
  async settle(settlements: readonly Settlement[]): Promise<readonly SettleAnswer[]> {
    return this.#call((connection) => settle(connection, settlements))
  }

  /** {@inheritDoc ClaimableTaskLogBroker.recover} */
  async recover(request: RecoverRequest): Promise<readonly RecoveredTask[]> {
    return this.#write((transaction) => recover(transaction, request))
  }

  /** {@inheritDoc ClaimableTaskLogBroker.promote} */
  async promote(limit: number): Promise<PromoteAnswer> {
    return this.#call((connection) => promote(connection, limit))
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
    this.#connection.refuseClosed()
    return this.#connection.listeners.listen(queue, wake)
  }

  /** {@inheritDoc SchemaTaskLog.schemaStatus} */
  async schemaStatus(): Promise<SchemaStatus> {
    return this.#call(schemaStatus)
  }

  /** {@inheritDoc SchemaTaskLog.schemaSql} */
  schemaSql(): string {
    return schemaSql(this.#connection.options)
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

  #write<Answer>(work: Work<Answer>): Promise<Answer> {
    return this.#call((connection) => write(connection, work))
  }

  #read<Answer>(work: Work<Answer>): Promise<Answer> {
    return this.#call((connection) => read(connection, work))
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

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}
