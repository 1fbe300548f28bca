import type { Report } from '../report/report.ts'
import type { TaskCategory } from './category.ts'
import type { EnqueuedTask, EnqueueOptions, TaskInput, TaskType } from './task-types.ts'

/** How far a task is. */
export interface TaskProgress {
  /** Units done. */
  readonly done: number
  /** Units in all; null when not known. */
  readonly total: number | null
  /** What it is doing, for people. */
  readonly message: string | null
  /** What {@link TaskContext.checkpoint} kept last; absent when nothing was. */
  readonly checkpoint?: unknown
}

/** Where a task writes lines for those who run the worker. */
export interface TaskLogger {
  /** Detail for debugging. */
  debug(message: string, data?: unknown): void
  /** What happened. */
  info(message: string, data?: unknown): void
  /** What should be looked at. */
  warn(message: string, data?: unknown): void
  /** What went wrong. */
  error(message: string, data?: unknown): void
}

/** Options of {@link TaskContext.enqueueChild}. */
export interface EnqueueChildOptions extends Omit<EnqueueOptions, 'parent' | 'owner' | 'idempotencyKey'> {
  /**
   * Names the child among its siblings, so that a second attempt of the parent finds the child of the first instead of
   * adding another. Default: the n-th child with this name and these parameters.
   */
  readonly key?: string
}

/** What a running task knows and can do. */
export interface TaskContext {
  /** The task's id. */
  readonly id: string
  /** The task's name. */
  readonly taskName: string
  /** Which attempt this is; 1 is the first. */
  readonly attempt: number
  /** How many there may be. */
  readonly maxAttempts: number
  /** Whose task it is. */
  readonly owner: string
  /** What it is called for people. */
  readonly label: string
  /** The queue it came from. */
  readonly queue: string
  /** What kind of work it is. */
  readonly category: TaskCategory
  /** The parent's id. */
  readonly parentId: string | null
  /** Facts that were handed in beside the parameters. */
  readonly metadata: Readonly<Record<string, unknown>> | null
  /**
   * Aborted when the task should stop: timeout, cancelled, shutdown, lease lost; `signal.reason` is a
   * {@link TaskAbortedError}. A task that ignores it runs on, but can write nothing once it has lost its lease.
   */
  readonly signal: AbortSignal
  /** Lines for those who run the worker. */
  readonly log: TaskLogger
  /** The report so far; what is added to it is visible within a heartbeat, and kept when the task throws. */
  readonly report: Report
  /** Says how far the task is; visible within a heartbeat, however often it is called. */
  progress(done: number, total?: number | null, message?: string | null): void
  /** What {@link TaskContext.checkpoint} kept last, in this attempt or one before it; null when nothing was. */
  readonly lastCheckpoint: unknown
  /**
   * Keeps a JSON value with the task, in the log by the time this resolves, so that a later attempt goes on from there
   * instead of beginning again. A restart forgets it. Rejected once the lease is lost: then it was not kept.
   */
  checkpoint(value: unknown): Promise<void>
  /** Adds a child, with this task's owner. The task ends when its children have. Rejected once the lease is lost. */
  enqueueChild<Type extends TaskType>(
    task: Type,
    input: TaskInput<Type>,
    options?: EnqueueChildOptions,
  ): Promise<EnqueuedTask>
  /**
   * Adds a task beside this one, beneath the same parent, which waits for it too; under its `key` only once, whichever
   * of the siblings adds it. Rejected when this task has no parent.
   */
  enqueueSibling<Type extends TaskType>(
    task: Type,
    input: TaskInput<Type>,
    options: EnqueueChildOptions & { readonly key: string },
  ): Promise<EnqueuedTask>
  /** Renews the lease now and throws the signal's reason when the task should stop. */
  heartbeat(): Promise<void>
}
