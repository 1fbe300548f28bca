import { InvalidInputError } from '../errors/errors.ts'
import type { StandardSchemaV1 } from '../schema/standard-schema.ts'
import type { Duration } from '../time/duration.ts'
import type { CategorizedStatus } from './categorized-status.ts'
import type { TaskCategory } from './category.ts'
import { defineTask } from './define-task.ts'
import type { TaskContext } from './task-context.ts'
import type { AnyTaskDefinition, EnqueuedTask, LimitPolicy, RetryPolicy, TaskType } from './task-types.ts'

/**
 * A task as a class: the original's way. Subclasses say `static override readonly taskName` and implement `run`;
 * they may implement `queue` (which queue this one goes to) and `remoteStatus` (the task stands for one elsewhere).
 */
export abstract class AbstractTask<Parameters extends object = Record<string, unknown>> {
  /** Names the task in the log and in the worker's registry. */
  static readonly taskName: string = ''
  /** What kind of work it is. */
  static readonly category: TaskCategory = 'unknown'
  /** Checks the parameters when they are enqueued and before the run. */
  static readonly input: StandardSchemaV1 | null = null
  /** How often it is tried. */
  static readonly retry: RetryPolicy = {}
  /** How long one attempt may take; null for no limit. */
  static readonly timeout: Duration | null = null
  /** How many may run at once that share a key. */
  // biome-ignore lint/suspicious/noExplicitAny: a subclass narrows the input
  static readonly limit: LimitPolicy<any> | null = null

  #parameters: Parameters
  #enqueued: EnqueuedTask | null = null

  /** @param parameters what the task works on: a JSON object */
  constructor(parameters: Parameters) {
    this.#parameters = parameters
  }

  /** What the task works on. */
  get parameters(): Readonly<Parameters> {
    return this.#parameters
  }

  /** One parameter. */
  getParameter<Key extends keyof Parameters>(key: Key): Parameters[Key] {
    return this.#parameters[key]
  }

  /** Whether there is such a parameter. */
  hasParameter(key: PropertyKey): boolean {
    return Object.hasOwn(this.#parameters, key)
  }

  /** Sets one parameter, before the task is enqueued. */
  setParameter<Key extends keyof Parameters>(key: Key, value: Parameters[Key]): this {
    this.#parameters = { ...this.#parameters, [key]: value }
    return this
  }

  /** The task's id; null before it is enqueued. */
  get id(): string | null {
    return this.#enqueued?.id ?? null
  }

  /** Whether it was enqueued and its entry is in the log. */
  isEnqueued(): boolean {
    return this.#enqueued?.isEnqueued() ?? false
  }

  /** Called by the dispatcher, and by the worker, which makes the instance from the entry. */
  attach(enqueued: EnqueuedTask): void {
    this.#enqueued = enqueued
  }

  /** The queue this task goes to, by its parameters; nothing: by association, else the default queue. */
  queue(): string | undefined {
    return undefined
  }

  /** The status of the task elsewhere that this one stands for. Asked after each run that succeeded. */
  remoteStatus?(context: TaskContext): Promise<CategorizedStatus> | CategorizedStatus

  /** Does the work: see {@link TaskDefinitionOptions.run}. */
  abstract run(context: TaskContext): unknown
}

/** A class of tasks. */
export interface TaskClass {
  readonly taskName: string
  readonly category: TaskCategory
  readonly input: StandardSchemaV1 | null
  readonly retry: RetryPolicy
  readonly timeout: Duration | null
  // biome-ignore lint/suspicious/noExplicitAny: a subclass narrows the input
  readonly limit: LimitPolicy<any> | null
  // biome-ignore lint/suspicious/noExplicitAny: constructors are contravariant in their parameters
  new (parameters: any): AbstractTask<any>
}

const definitions = new WeakMap<TaskClass, AnyTaskDefinition>()

/** The definition of a task, also of one that is a class. */
export function definitionOf(task: TaskType): AnyTaskDefinition {
  if (typeof task !== 'function') {
    if (typeof task?.name === 'string' && typeof task.run === 'function') return task
    throw new InvalidInputError(
      'task',
      'expected a task made by defineTask or a class that extends AbstractTask',
    )
  }
  let definition = definitions.get(task)
  if (definition === undefined) {
    definition = defineClass(task)
    definitions.set(task, definition)
  }
  return definition
}

function defineClass(task: TaskClass): AnyTaskDefinition {
  if (!(task.prototype instanceof AbstractTask)) {
    throw new InvalidInputError('task', `${task.name} does not extend AbstractTask`)
  }
  const make = (parameters: object): AbstractTask => new task(parameters)
  const running = new WeakMap<TaskContext, AbstractTask>()
  const remote = typeof task.prototype.remoteStatus === 'function'
  return defineTask<object, object>({
    name: task.taskName,
    category: task.category,
    queue: (parameters) => make(parameters).queue(),
    retry: task.retry,
    ...(task.input === null ? {} : { input: task.input as StandardSchemaV1<object, object> }),
    ...(task.timeout === null ? {} : { timeout: task.timeout }),
    ...(task.limit === null ? {} : { limit: task.limit }),
    ...(remote
      ? { remote: { status: (_, context) => running.get(context)?.remoteStatus?.(context) ?? 'completed' } }
      : {}),
    run(parameters, context) {
      const instance = make(parameters)
      const { id, taskName, queue, label, owner } = context
      instance.attach({ id, taskName, queue, label, owner, existing: true, isEnqueued: () => true })
      running.set(context, instance)
      return instance.run(context)
    },
  })
}
