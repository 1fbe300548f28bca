import { IdempotencyConflictError, NotSupportedError, ParentRefusedError } from '../errors/errors.ts'
import { validateSync, validateWith } from '../schema/validate.ts'
import type { TaskCategory } from '../task/category.ts'
import type { AnyTaskDefinition, EnqueuedTask, EnqueueOptions } from '../task/task-types.ts'
import { isClaimable } from '../task-log/claimable-task-log-broker.ts'
import type { AddOutcome, TaskLogBroker } from '../task-log/task-log-broker.ts'
import type { NewTaskLogRecord } from '../task-log/task-log-record.ts'
import { publish } from '../telemetry/channels.ts'
import type { Clock } from '../time/clock.ts'
import { Batcher } from './batcher.ts'
import type { Message } from './broker.ts'
import { newEntry, type ParentClaim } from './new-entry.ts'
import type { Queue } from './queue.ts'

/** One task to enqueue, its queue and owner already chosen. */
export interface EnqueueRequest {
  readonly definition: AnyTaskDefinition
  readonly input: unknown
  readonly category: TaskCategory
  readonly options: EnqueueOptions
  readonly owner: string
  readonly queue: Queue
  readonly parent: ParentClaim | null
}

interface Addition {
  readonly entry: NewTaskLogRecord
  readonly queue: Queue
}

/** More entries in one statement gain nothing. */
const GROUP_LIMIT = 1_000
/** While one group commits, the next is on its way: the database never waits for JavaScript. */
const GROUPS_IN_FLIGHT = 2

/** How many due tasks become ready at once. */
const PROMOTE_LIMIT = 500

/** Writes entries to the log, then tells the brokers. What was enqueued at once goes out in one insert. */
export class Enqueuer {
  readonly #log: TaskLogBroker
  readonly #clock: Clock
  readonly #batcher: Batcher<Addition, AddOutcome>

  /** @param log where entries go; @param clock for ids and for pushing delayed tasks */
  constructor(log: TaskLogBroker, clock: Clock) {
    this.#log = log
    this.#clock = clock
    this.#batcher = new Batcher({
      handle: (additions) => this.#add(additions),
      limit: GROUP_LIMIT,
      inFlight: GROUPS_IN_FLIGHT,
    })
  }

  /** Enqueues one task. */
  async enqueue(request: EnqueueRequest): Promise<EnqueuedTask> {
    const transaction = request.options.transaction
    if (transaction !== undefined)
      return this.#enqueueInTransaction([request], transaction).then(([task]) => task as EnqueuedTask)
    if (request.definition.input !== null)
      await validateWith(request.definition.input, request.input, 'parameters')
    const addition = this.#addition(request)
    return answer(addition, await this.#batcher.submit(addition))
  }

  /**
   * Enqueues many in one transaction: a fault stores none. When one is refused or in conflict the others are stored all
   * the same, and its error is thrown.
   */
  async enqueueMany(
    requests: readonly EnqueueRequest[],
    transaction: unknown,
  ): Promise<readonly EnqueuedTask[]> {
    if (transaction !== undefined) return this.#enqueueInTransaction(requests, transaction)
    const additions: Addition[] = []
    for (const request of requests) {
      if (request.definition.input !== null)
        await validateWith(request.definition.input, request.input, 'parameters')
      additions.push(this.#addition(request))
    }
    const outcomes = await this.#add(additions)
    return additions.map((addition, index) => answer(addition, outcomes[index] as AddOutcome))
  }

  /**
   * Nothing is awaited before the insert, so that a synchronous driver has written when this returns its promise. The
   * brokers are not told: only the caller knows when it commits.
   */
  #enqueueInTransaction(
    requests: readonly EnqueueRequest[],
    transaction: unknown,
  ): Promise<readonly EnqueuedTask[]> {
    if (!this.#log.capabilities.transactions)
      throw new NotSupportedError(`The ${this.#log.id} task log`, 'transactions')
    const additions = requests.map((request) => {
      const { input, definition } = request
      if (definition.input !== null) validateSync(definition.input, input, 'parameters')
      return this.#addition(request)
    })
    return this.#log
      .add(
        additions.map(({ entry }) => entry),
        { transaction },
      )
      .then((outcomes) => additions.map((addition, index) => answer(addition, outcomes[index] as AddOutcome)))
  }

  /** What is stored is the input as it was handed in, not its schema's output, which need not be JSON. */
  #addition(request: EnqueueRequest): Addition {
    return { entry: newEntry(request, this.#clock.now()), queue: request.queue }
  }

  async #add(additions: readonly Addition[]): Promise<readonly AddOutcome[]> {
    const outcomes = await this.#log.add(additions.map(({ entry }) => entry))
    const messages = new Map<Queue, Message[]>()
    additions.forEach(({ entry, queue }, index) => {
      const { outcome, id } = outcomes[index] as AddOutcome
      if (outcome !== 'added' || !needsPush(entry, queue)) return
      const delayMs = entry.dueAt === null ? entry.delayMs : entry.dueAt - this.#clock.now()
      if (delayMs > 0) {
        this.pushLater(queue, id, delayMs)
        return
      }
      const group = messages.get(queue)
      if (group === undefined) messages.set(queue, [{ version: 1, id }])
      else group.push({ version: 1, id })
    })
    for (const [queue, group] of messages) await this.push(queue, group)
    return outcomes
  }

  /** Tells a broker. The entries are safe in the log, so a broker that is down costs time only: a worker pushes again. */
  async push(queue: Queue, messages: readonly Message[]): Promise<void> {
    try {
      await queue.push(messages)
    } catch (error) {
      publish('waybill:broker:deferred', () => ({
        queue: queue.name,
        ids: messages.map(({ id }) => id),
        error,
      }))
    }
  }

  /** Tells a broker that cannot hold messages back, once the task is due. */
  pushLater(queue: Queue, id: string, delayMs: number): void {
    this.#clock.setTimer(() => void this.#pushDue(queue, id), delayMs + 1)
  }

  /** The log's clock decides whether it is due; a worker that finds it is not yet asks again. */
  async #pushDue(queue: Queue, id: string): Promise<void> {
    const log = this.#log
    if (isClaimable(log)) await log.promote(PROMOTE_LIMIT).catch(() => {})
    await this.push(queue, [{ version: 1, id }])
  }
}

/**
 * A broker that is the log needs no message, but is told of limited tasks, so that it admits them at once. On a sync
 * queue the dispatcher runs the task itself.
 */
function needsPush(entry: NewTaskLogRecord, queue: Queue): boolean {
  return !queue.isSync() && (!queue.broker.capabilities.claims || entry.limitKey !== null)
}

function answer({ entry }: Addition, outcome: AddOutcome): EnqueuedTask {
  if (outcome.outcome === 'conflict')
    throw new IdempotencyConflictError(entry.idempotencyKey ?? '', outcome.id)
  if (outcome.outcome === 'refused') throw new ParentRefusedError(entry.parentId ?? '', outcome.refusal)
  const { taskName, queue, label, owner } = entry
  return {
    id: outcome.id,
    taskName,
    queue,
    label,
    owner,
    existing: outcome.outcome === 'existing',
    isEnqueued,
  }
}

function isEnqueued(): boolean {
  return true
}
