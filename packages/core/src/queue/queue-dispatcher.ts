import { InvalidInputError, NotFoundError } from '../errors/errors.ts'
import { AbstractTask, definitionOf } from '../task/abstract-task.ts'
import { TaskRegistry } from '../task/task-registry.ts'
import type {
  AnyTaskDefinition,
  EnqueuedTask,
  EnqueueOptions,
  TaskInput,
  TaskType,
} from '../task/task-types.ts'
import { TaskLog } from '../task-log/task-log.ts'
import type { TaskLogBroker } from '../task-log/task-log-broker.ts'
import { type Clock, systemClock } from '../time/clock.ts'
import { OneTimeWorker } from '../worker/one-time-worker.ts'
import { type Consumer, type Delivery, isSyncBroker } from './broker.ts'
import { type EnqueueRequest, Enqueuer } from './enqueuer.ts'
import type { ParentClaim } from './new-entry.ts'
import type { Queue } from './queue.ts'
import { type TaskSelector, WeightStrategy } from './task-selector.ts'

/** The owner of tasks nobody is named for. */
export const ANONYMOUS_OWNER = 'anonymous'

/** Options of a {@link QueueDispatcher}. */
export interface QueueDispatcherOptions {
  /** At least one; names are unique. */
  readonly queues: readonly Queue[]
  /** The log every task is recorded in. */
  readonly taskLog: TaskLog | TaskLogBroker
  /** The tasks this process can run. A process that only enqueues may leave it out. */
  readonly tasks?: TaskRegistry | Iterable<TaskType>
  /** Where a task goes that nothing sends elsewhere. Default: the first queue. */
  readonly defaultQueue?: string
  /** Queue names by task name. */
  readonly associations?: Readonly<Record<string, string>>
  /** Which queue a worker asks first. Default: by weight. */
  readonly selector?: TaskSelector
  /** Whose tasks are enqueued: fixed, or asked at every enqueue (the session). Default `anonymous`. */
  readonly owner?: string | (() => string)
  /** The clock; a simulation hands in a virtual one. */
  readonly clock?: Clock
  /** Where workers get their jitter from, numbers in [0, 1); a simulation hands in a reproducible one. */
  readonly random?: () => number
}

/** One of the tasks of {@link QueueDispatcher.enqueueMany}. */
export interface EnqueueItem<Type extends TaskType = TaskType> {
  readonly task: Type
  readonly input: TaskInput<Type>
  readonly options?: Omit<EnqueueOptions, 'transaction'>
}

/** A task to enqueue in the name of a running one. */
export type EnqueueChild = (
  task: TaskType,
  input: unknown,
  options: EnqueueOptions,
  parent: ParentClaim,
) => Promise<EnqueuedTask>

/** The main service: takes tasks, sends each to its queue, and hands them to workers. */
export class QueueDispatcher {
  /** The log every task is recorded in. */
  readonly taskLog: TaskLog
  /** The tasks this process can run. */
  readonly tasks: TaskRegistry
  /** Which queue a worker asks first. */
  readonly selector: TaskSelector
  /** The clock. */
  readonly clock: Clock
  /** Where workers get their jitter from. */
  readonly random: () => number
  readonly #queues: Map<string, Queue> = new Map()
  readonly #associations: Map<string, string> = new Map()
  readonly #enqueuer: Enqueuer
  readonly #defaultQueue: string
  #owner: string | (() => string)

  /**
   * @throws InvalidInputError without queues or task log, when a name is given twice, or when the default queue or an
   * association names a queue that is not there
   */
  constructor(options: QueueDispatcherOptions) {
    const { queues, taskLog, tasks = [], associations = {} } = options
    if (!Array.isArray(queues) || queues.length === 0) {
      throw new InvalidInputError('queues', 'expected at least one Queue')
    }
    if (typeof taskLog !== 'object' || taskLog === null) {
      throw new InvalidInputError('taskLog', 'expected a task log, for example createSqliteTaskLog({ file })')
    }
    for (const queue of queues) this.addQueue(queue)
    this.#defaultQueue = this.getQueue(options.defaultQueue ?? (queues[0] as Queue).name).name
    this.clock = options.clock ?? systemClock
    this.random = options.random ?? Math.random
    this.taskLog = taskLog instanceof TaskLog ? taskLog : new TaskLog(taskLog)
    this.tasks = tasks instanceof TaskRegistry ? tasks : new TaskRegistry(tasks)
    this.selector = options.selector ?? new WeightStrategy(this.random)
    this.#owner = options.owner ?? ANONYMOUS_OWNER
    this.#enqueuer = new Enqueuer(this.taskLog.broker, this.clock)
    for (const [name, queue] of Object.entries(associations)) this.linkTaskToQueue(name, queue)
  }

  /** Makes the log's and every queue's storage; idempotent. */
  async initialize(): Promise<void> {
    await this.taskLog.createContainer()
    for (const queue of this.#queues.values()) await queue.initialize()
  }

  /** Adds a queue. @throws InvalidInputError when there is one of that name */
  addQueue(queue: Queue): void {
    if (this.#queues.has(queue.name)) {
      throw new InvalidInputError('queues', `there are two queues named ${JSON.stringify(queue.name)}`)
    }
    this.#queues.set(queue.name, queue)
  }

  /** Removes a queue from this dispatcher, not from its broker. The default queue stays. */
  removeQueue(name: string): void {
    if (this.getQueue(name).name === this.#defaultQueue) {
      throw new InvalidInputError('name', `${JSON.stringify(name)} is the default queue`)
    }
    this.#queues.delete(name)
  }

  /** Whether there is a queue of that name. */
  hasQueue(name: string): boolean {
    return this.#queues.has(name)
  }

  /** The queue of that name. @throws NotFoundError */
  getQueue(name: string): Queue {
    const queue = this.#queues.get(name)
    if (queue === undefined) {
      throw new NotFoundError('queue', name, `There are: ${this.getQueueNames().join(', ')}.`)
    }
    return queue
  }

  /** The names of all queues, in the order in which they were added. */
  getQueueNames(): readonly string[] {
    return [...this.#queues.keys()]
  }

  /** All queues, in the order in which they were added. */
  getQueues(): readonly Queue[] {
    return [...this.#queues.values()]
  }

  /** The queue a task goes to that nothing sends elsewhere. */
  getDefaultQueue(): Queue {
    return this.getQueue(this.#defaultQueue)
  }

  /** Sends every task of that name to a queue. @throws NotFoundError when there is no such queue */
  linkTaskToQueue(task: TaskType | string, queue: string): void {
    this.#associations.set(
      typeof task === 'string' ? task : definitionOf(task).name,
      this.getQueue(queue).name,
    )
  }

  /** The queue a task with this input goes to: its own word first, then the association, then the default queue. */
  getQueueForTask<Type extends TaskType>(task: Type, input: TaskInput<Type>): Queue {
    return this.#queueFor(definitionOf(task), input)
  }

  #queueFor(definition: AnyTaskDefinition, input: unknown): Queue {
    return this.getQueue(
      definition.queue(input) || (this.#associations.get(definition.name) ?? this.#defaultQueue),
    )
  }

  /** Sets whose tasks are enqueued from now on. */
  setOwner(owner: string | (() => string)): void {
    this.#owner = owner
  }

  /** Whose tasks are enqueued now. */
  getOwner(): string {
    return typeof this.#owner === 'function' ? this.#owner() : this.#owner
  }

  /** Enqueues a task of a class. On a sync queue it has run when this resolves. */
  enqueue(task: AbstractTask, options?: EnqueueOptions): Promise<EnqueuedTask>
  /**
   * Enqueues a task; resolves once its entry is committed. On a sync queue it has run by then.
   *
   * @throws InvalidInputError naming what is wrong in input or options; IdempotencyConflictError; ParentRefusedError;
   * StoreError. When it throws, nothing was stored (but see `outcome_unknown`).
   */
  enqueue<Type extends TaskType>(
    task: Type,
    input: TaskInput<Type>,
    options?: EnqueueOptions,
  ): Promise<EnqueuedTask>
  async enqueue(
    task: TaskType | AbstractTask,
    second?: unknown,
    third?: EnqueueOptions,
  ): Promise<EnqueuedTask> {
    if (!(task instanceof AbstractTask)) return this.#enqueue(task, second, third ?? {})
    const enqueued = await this.#enqueue(
      task.constructor as never,
      task.parameters,
      (second ?? {}) as EnqueueOptions,
    )
    task.attach(enqueued)
    return enqueued
  }

  #enqueue(task: TaskType, input: unknown, options: EnqueueOptions): Promise<EnqueuedTask> {
    const request = this.#request(task, input, options)
    const enqueued =
      request instanceof Promise
        ? request.then((r) => this.#enqueuer.enqueue(r))
        : this.#enqueuer.enqueue(request)
    return this.#anySync ? enqueued.then((answer) => this.#runIfSync(answer)) : enqueued
  }

  /**
   * Enqueues many tasks in one transaction; answers in order. A fault stores none of them. When one is in conflict or
   * refused, the others are stored and its error is thrown.
   */
  async enqueueMany<const Types extends readonly TaskType[]>(
    items: { readonly [Index in keyof Types]: EnqueueItem<Types[Index]> },
    options: Pick<EnqueueOptions, 'transaction'> = {},
  ): Promise<readonly EnqueuedTask[]> {
    const requests: EnqueueRequest[] = []
    for (const item of items as readonly EnqueueItem[]) {
      const itemOptions = item.options === undefined ? options : { ...item.options, ...options }
      const request = this.#request(item.task, item.input, itemOptions)
      requests.push(request instanceof Promise ? await request : request)
    }
    const enqueued = await this.#enqueuer.enqueueMany(requests, options.transaction)
    if (this.#anySync) for (const answer of enqueued) await this.#runIfSync(answer)
    return enqueued
  }

  /** Makes a task, enqueues it and answers it: the original's way. */
  async createTask<Type extends TaskType>(
    task: Type,
    parameters: TaskInput<Type>,
    label?: string,
    parent?: EnqueueOptions['parent'] | null,
    masterStatus = false,
  ): Promise<EnqueuedTask> {
    return await this.#enqueue(task, parameters, {
      masterStatus,
      ...(label === undefined ? {} : { label }),
      ...(parent ? { parent } : {}),
    })
  }

  /** Enqueues a child in the name of the worker that holds the parent. For workers. */
  readonly enqueueChild: EnqueueChild = async (task, input, options, parent) => {
    const request = this.#requestOf(task, input, options, options.owner ?? this.getOwner(), parent)
    return this.#runIfSync(await this.#enqueuer.enqueue(request))
  }

  /** The request; a promise only when the parent's owner must be looked up. */
  #request(
    task: TaskType,
    input: unknown,
    options: EnqueueOptions,
  ): EnqueueRequest | Promise<EnqueueRequest> {
    if (options.parent === undefined) {
      return this.#requestOf(task, input, options, options.owner ?? this.getOwner(), null)
    }
    const { id, owner: parentOwner } =
      typeof options.parent === 'object' ? options.parent : { id: options.parent, owner: undefined }
    const parent = { id, token: null }
    const owner = options.owner ?? parentOwner
    if (owner !== undefined) return this.#requestOf(task, input, options, owner, parent)
    if (options.transaction !== undefined) {
      throw new InvalidInputError('parent', 'inside a transaction pass the parent task itself, or its owner')
    }
    return this.taskLog
      .getById(id)
      .then((entry) => this.#requestOf(task, input, options, entry.owner ?? this.getOwner(), parent))
  }

  #requestOf(
    task: TaskType,
    input: unknown,
    options: EnqueueOptions,
    owner: string,
    parent: ParentClaim | null,
  ): EnqueueRequest {
    const definition = definitionOf(task)
    const category = this.taskLog.getCategoryForTask(task)
    const queue =
      options.queue === undefined ? this.#queueFor(definition, input) : this.getQueue(options.queue)
    return { definition, input, category, options, owner, queue, parent }
  }

  get #anySync(): boolean {
    for (const queue of this.#queues.values()) if (isSyncBroker(queue.broker)) return true
    return false
  }

  async #runIfSync(enqueued: EnqueuedTask): Promise<EnqueuedTask> {
    const queue = this.#queues.get(enqueued.queue)
    if (queue?.isSync()) {
      const worker = new OneTimeWorker(this, { id: enqueued.id, immediateRetries: true })
      let run = await worker.run()
      while (run?.status === 'enqueued') run = await worker.run()
    }
    return enqueued
  }

  /** The next task: from the one queue, or from the queue the selector picks among those that have one. */
  async dequeue(consumer: Consumer): Promise<Delivery | null> {
    const deliveries = await this.dequeueBlock(1, consumer)
    return deliveries[0] ?? null
  }

  /** Up to `limit` tasks of one queue, the first in the selector's order that has any. */
  async dequeueBlock(
    limit: number,
    consumer: Consumer,
    queues: readonly Queue[] = this.getQueues(),
  ): Promise<readonly Delivery[]> {
    for (const queue of this.selector.order(queues)) {
      const deliveries = await queue.pop(limit, consumer)
      if (deliveries.length > 0) return deliveries
    }
    return []
  }

  /** Tells the broker that a delivery's task is settled in the log. */
  async acknowledge(deliveries: readonly Delivery[]): Promise<void> {
    for (const [queue, group] of Map.groupBy(deliveries, (delivery) => delivery.queue)) {
      await this.getQueue(queue).broker.acknowledge(group)
    }
  }

  /** Gives deliveries back to the broker, to be delivered again. */
  async release(deliveries: readonly Delivery[]): Promise<void> {
    for (const [queue, group] of Map.groupBy(deliveries, (delivery) => delivery.queue)) {
      await this.getQueue(queue).broker.release(group)
    }
  }

  /** Pushes a task again that has an entry but whose message is gone or not due. For workers. */
  pushAgain(queue: string, id: string, delayMs: number): void {
    const target = this.#queues.get(queue)
    if (target === undefined || target.broker.capabilities.claims) return
    if (delayMs > 0) this.#enqueuer.pushLater(target, id, delayMs)
    else void this.#enqueuer.push(target, [{ version: 1, id }])
  }

  /** How many tasks wait, over all queues. */
  async count(): Promise<number> {
    const counts = await Promise.all(this.getQueues().map((queue) => queue.count()))
    return counts.reduce((sum, count) => sum + count, 0)
  }

  /** Whether every queue is sync: then a report is there as soon as `enqueue` has resolved. */
  isSync(): boolean {
    return this.getQueues().every((queue) => queue.isSync())
  }
}
