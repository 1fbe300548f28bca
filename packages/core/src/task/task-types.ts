import type { StandardSchemaV1 } from '../schema/standard-schema.ts'
import type { BackoffPolicy } from '../time/backoff.ts'
import type { Duration } from '../time/duration.ts'
import type { AbstractTask, TaskClass } from './abstract-task.ts'
import type { CategorizedStatus } from './categorized-status.ts'
import type { TaskCategory } from './category.ts'
import type { TaskContext } from './task-context.ts'

/** How often a task is tried. */
export interface RetryPolicy {
  /** Attempts in all, 1 to 32767. Default 3. */
  readonly attempts?: number
  /** The waits between them; what is left out is as in {@link DEFAULT_BACKOFF}. */
  readonly backoff?: Partial<BackoffPolicy>
}

/** How many tasks may run at once that share a key. */
export interface LimitPolicy<Input> {
  /** The key, for example the owner's; at most 190 characters. */
  readonly key: (input: Input, task: { readonly owner: string }) => string
  /** How many at once, over all queues and workers. */
  readonly concurrency: number
}

/** What {@link defineTask} takes. */
export interface TaskDefinitionOptions<Input, Parameters> {
  /** Names the task in the log and in the worker's registry. Keep it: entries that wait carry it. */
  readonly name: string
  /** Checks the input when it is enqueued, and again before the run, which gets its output. Any Standard Schema. */
  readonly input?: StandardSchemaV1<Input, Parameters>
  /** What kind of work it is. Default `unknown`. */
  readonly category?: TaskCategory
  /** The queue, fixed or chosen by the input; nothing: by association, else the default queue. */
  readonly queue?: string | ((input: Input) => string | undefined)
  /** The label where enqueue gives none. Default: the task's name. */
  readonly label?: string | ((input: Input) => string)
  /** How often it is tried. */
  readonly retry?: RetryPolicy
  /** How long one attempt may take. Default: no limit. */
  readonly timeout?: Duration
  /** Smaller first, -32768 to 32767. Default 0. */
  readonly priority?: number
  /** How many may run at once that share a key. */
  readonly limit?: LimitPolicy<Input>
  /** The task stands for work elsewhere: see {@link RemotePolicy}. */
  readonly remote?: RemotePolicy<Parameters>
  /**
   * Does the work. Returns a Report; a report with an error in it fails the task for good, a thrown error is tried
   * again. Anything else that is returned becomes an info report that says so.
   */
  run(parameters: Parameters, context: TaskContext): unknown
}

/** Keeps a task's entry in step with a task elsewhere. */
export interface RemotePolicy<Parameters> {
  /** Asks after a run that succeeded: created or in progress runs the task again later, failed fails it. */
  readonly status: (
    parameters: Parameters,
    context: TaskContext,
  ) => Promise<CategorizedStatus> | CategorizedStatus
  /** How long until the next run. Default 5 s. */
  readonly interval?: Duration
}

/** A task as the registry and the dispatcher know it: defaults applied, checked. */
export interface TaskDefinition<Input = unknown, Parameters = unknown> {
  readonly name: string
  readonly input: StandardSchemaV1<Input, Parameters> | null
  readonly category: TaskCategory
  /** The queue the input chooses; nothing: by association, else the default queue. */
  readonly queue: (input: Input) => string | undefined
  /** The label where enqueue gives none. */
  readonly label: (input: Input) => string
  readonly attempts: number
  readonly backoff: BackoffPolicy
  readonly timeoutMs: number | null
  readonly priority: number
  readonly limit: LimitPolicy<Input> | null
  readonly remote: { readonly status: RemotePolicy<Parameters>['status']; readonly intervalMs: number } | null
  /** Does the work. */
  readonly run: (parameters: Parameters, context: TaskContext) => unknown
}

/** A definition of whatever input. */
// biome-ignore lint/suspicious/noExplicitAny: a definition is contravariant in its input, so only `any` admits all of them
export type AnyTaskDefinition = TaskDefinition<any, any>

/** What can be enqueued and registered: a definition or a task class. */
export type TaskType = AnyTaskDefinition | TaskClass

/** The input a task takes. */
export type TaskInput<Type> =
  Type extends TaskDefinition<infer Input, infer _Parameters>
    ? Input
    : Type extends abstract new (
          parameters: infer Parameters,
        ) => AbstractTask
      ? Parameters
      : never

/** How a task is enqueued. */
export interface EnqueueOptions {
  /** What the task is called for people. Default: as its definition says, else its name. */
  readonly label?: string
  /** Whose task it is. Default: the parent's owner, else the dispatcher's current one. */
  readonly owner?: string
  /** The queue, whatever definition and associations say. */
  readonly queue?: string
  /** The task, or its id, that waits for this one. */
  readonly parent?: string | { readonly id: string; readonly owner?: string }
  /** Children never change this task's status. */
  readonly masterStatus?: boolean
  /** Smaller first. */
  readonly priority?: number
  /** Not before this time has passed. */
  readonly delay?: Duration
  /** Not before this instant. */
  readonly runAt?: Date
  /** Enqueues once per key and owner: the second call answers with the first task. */
  readonly idempotencyKey?: string
  /** Facts beside the parameters; a JSON object. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Attempts in all, instead of the definition's. */
  readonly attempts?: number
  /**
   * What the log's driver calls a connection in a transaction. The entry is added in there: rolled back, there is no
   * task and no wake-up.
   */
  readonly transaction?: unknown
}

/** A task that was handed to a queue. */
export interface EnqueuedTask {
  readonly id: string
  readonly taskName: string
  readonly queue: string
  readonly label: string
  readonly owner: string
  /** The idempotency key was in use: this is the task that has it. */
  readonly existing: boolean
  /** Whether the entry is in the log. */
  isEnqueued(): boolean
}
