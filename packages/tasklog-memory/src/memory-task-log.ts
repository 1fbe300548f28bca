import {
  type AddOutcome,
  type Claim,
  type ClaimableTaskLogBroker,
  type ClaimRequest,
  type Clock,
  type FilterExpression,
  type FoundRecord,
  type HeartbeatAnswer,
  type NewTaskLogRecord,
  NotSupportedError,
  type OpenTask,
  type PromoteAnswer,
  type QueueState,
  type RecoveredTask,
  type RecoverRequest,
  type SettleAnswer,
  type Settlement,
  type StatusCounts,
  systemClock,
  type TaskLogCapabilities,
  type TaskLogRecord,
  type TaskLogSearch,
  type TaskStatus,
  TRANSITIONS,
  type TransitionChange,
  type WakeableTaskLog,
  WaybillError,
  type WorkerBeat,
  type WorkerState,
} from '@waybill/core'
import { add } from './add.ts'
import { claim, start } from './claim.ts'
import { heartbeat, retire, workerStates } from './heartbeat.ts'
import { matches } from './matches.ts'
import { promote } from './promote.ts'
import { queueStates } from './queues.ts'
import { recover } from './recover.ts'
import { search, stats, toRecord } from './search.ts'
import { settle } from './settle.ts'
import { Store } from './store.ts'
import { remove, requestCancel, transition } from './transition.ts'

/** Options of {@link createMemoryTaskLog}. */
export interface MemoryTaskLogOptions {
  /** The log's clock; a simulation hands in a virtual one. */
  readonly clock?: Clock
}

/** A task log in memory. */
export function createMemoryTaskLog(options: MemoryTaskLogOptions = {}): MemoryTaskLog {
  return new MemoryTaskLog(options)
}

const CAPABILITIES: TaskLogCapabilities = Object.freeze({
  durable: false,
  multiProcess: false,
  transactions: false,
  pathFilters: true,
  caseFolding: 'ascii',
})

/**
 * The reference implementation of the contract: what the SQL adapters do with statements, as plain code. Every method
 * runs to its end in one turn of the event loop, which is what makes it atomic.
 */
export class MemoryTaskLog implements ClaimableTaskLogBroker, WakeableTaskLog {
  readonly specificationVersion = 1
  readonly id = 'memory'
  readonly capabilities: TaskLogCapabilities = CAPABILITIES
  readonly #store: Store
  #closed = false

  /** @param options see {@link MemoryTaskLogOptions} */
  constructor(options: MemoryTaskLogOptions = {}) {
    this.#store = new Store(options.clock ?? systemClock)
  }

  /** There is nothing to create. */
  async createContainer(): Promise<void> {
    this.#open()
  }

  async now(): Promise<number> {
    return this.#open().now()
  }

  async add(
    entries: readonly NewTaskLogRecord[],
    options: { readonly transaction?: unknown } = {},
  ): Promise<readonly AddOutcome[]> {
    const store = this.#open()
    if (options.transaction !== undefined) throw new NotSupportedError('memory', 'transactions')
    const now = store.now()
    return entries.map((entry) => add(store, entry, now))
  }

  async find(ids: readonly string[]): Promise<readonly TaskLogRecord[]> {
    const store = this.#open()
    return [...new Set(ids)].flatMap((id) => {
      const row = store.rows.get(id)
      return row === undefined ? [] : [toRecord(row)]
    })
  }

  async search(request: TaskLogSearch): Promise<readonly FoundRecord[]> {
    return search(this.#open(), request)
  }

  async count(where: FilterExpression): Promise<number> {
    return [...this.#open().rows.values()].filter((row) => matches(row, where)).length
  }

  async stats(where: FilterExpression): Promise<StatusCounts> {
    return stats(this.#open(), where)
  }

  async transition(change: TransitionChange): Promise<readonly string[]> {
    const store = this.#open()
    const from = change.from.filter((status) => TRANSITIONS[change.event].from.includes(status))
    return transition(store, { ...change, from }, store.now())
  }

  async delete(ids: readonly string[]): Promise<readonly string[]> {
    return remove(this.#open(), ids)
  }

  async claim(request: ClaimRequest): Promise<readonly Claim[]> {
    const store = this.#open()
    return claim(store, request, store.now())
  }

  async start(tasks: readonly Pick<OpenTask, 'id' | 'token'>[]): Promise<readonly string[]> {
    const store = this.#open()
    return start(store, tasks, store.now())
  }

  async heartbeat(beat: WorkerBeat): Promise<HeartbeatAnswer> {
    const store = this.#open()
    return heartbeat(store, beat, store.now())
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly SettleAnswer[]> {
    const store = this.#open()
    const now = store.now()
    return answerAtEnd(
      store,
      settlements.map((settlement) => settle(store, settlement, now)),
    )
  }

  async recover(request: RecoverRequest): Promise<readonly RecoveredTask[]> {
    const store = this.#open()
    return answerAtEnd(store, recover(store, request, store.now()))
  }

  async promote(limit: number): Promise<PromoteAnswer> {
    const store = this.#open()
    return promote(store, limit, store.now())
  }

  async retire(worker: string): Promise<void> {
    const store = this.#open()
    retire(store, worker, store.now())
  }

  async requestCancel(ids: readonly string[]): Promise<readonly string[]> {
    const store = this.#open()
    return requestCancel(store, ids, store.now())
  }

  async setQueue(queue: string, change: { paused?: boolean; concurrency?: number | null }): Promise<void> {
    const store = this.#open()
    Object.assign(store.queue(queue), change, { isSet: true })
    store.wake(queue)
  }

  async queueStates(): Promise<readonly QueueState[]> {
    return queueStates(this.#open())
  }

  async workerStates(): Promise<readonly WorkerState[]> {
    const store = this.#open()
    return workerStates(store, store.now())
  }

  onWake(queue: string, wake: () => void): () => void {
    return this.#open().onWake(queue, wake)
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  /** Closes the log. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #open(): Store {
    if (this.#closed) throw new WaybillError('closed', 'This memory task log is closed. Create a new one.')
    return this.#store
  }
}

/** Answers tell where entries stand once the whole call is done: a later one may have ended the parent of an earlier one. */
function answerAtEnd<Answer extends { readonly id: string; readonly status: TaskStatus | null }>(
  store: Store,
  answers: readonly Answer[],
): Answer[] {
  return answers.map((answer) => ({ ...answer, status: store.rows.get(answer.id)?.status ?? null }))
}
