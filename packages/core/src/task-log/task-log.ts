import { IdempotencyConflictError, NotSupportedError, ParentRefusedError } from '../errors/errors.ts'
import type { TaskCategory } from '../task/category.ts'
import type { TaskStatus } from '../task/status.ts'
import type { AdminOptions } from './administer.ts'
import type { BulkOptions, BulkOutcome } from './administer-all.ts'
import { Administrator } from './administrator.ts'
import { type NewTask, newTaskRecord } from './new-task.ts'
import { type PruneOptions, prunable } from './prune.ts'
import { TaskCategories, type TaskKind } from './task-categories.ts'
import type { AddOutcome } from './task-log-broker.ts'
import type { TaskLogEvent, TaskLogListener } from './task-log-events.ts'
import type { TaskLogFilter } from './task-log-filter.ts'
import { TaskLogReader } from './task-log-reader.ts'
import type { TaskRef } from './task-ref.ts'
import { UserTaskLog } from './user-task-log.ts'

/** An entry that is in the log; `existing`: the idempotency key found it there. */
export type AddedTask = Extract<AddOutcome, { readonly outcome: 'added' | 'existing' }>

/**
 * The record of every task: who asked for it, what it is called, where it stands, and a report a person can read. Checks
 * what callers give, applies defaults, and asks the adapter. Safe to use from many places at once.
 */
export class TaskLog extends TaskLogReader {
  readonly #administrator: Administrator = new Administrator(this)
  readonly #categories: TaskCategories = new TaskCategories()

  /** Creates or upgrades the storage; idempotent. */
  async createContainer(): Promise<void> {
    await this.broker.createContainer()
  }

  /**
   * Adds an entry that is enqueued. An idempotency key that is in use with the same name and parameters answers with the
   * entry that has it. The queue's broker is not told: see `QueueDispatcher.enqueue`.
   *
   * @param options `transaction`: what the adapter's driver calls a connection in a transaction
   * @throws InvalidInputError, IdempotencyConflictError, ParentRefusedError; nothing is stored
   */
  async add(task: NewTask, options: { readonly transaction?: unknown } = {}): Promise<AddedTask> {
    const entry = newTaskRecord(task, this.clock.now())
    if (options.transaction !== undefined && !this.broker.capabilities.transactions) {
      throw new NotSupportedError(`The task log ${this.broker.id}`, 'transactions')
    }
    const [added] = await this.broker.add([entry], options)
    if (added?.outcome === 'added' || added?.outcome === 'existing') return added
    if (added?.outcome === 'refused') throw new ParentRefusedError(String(entry.parentId), added.refusal)
    throw new IdempotencyConflictError(String(entry.idempotencyKey), String(added?.id))
  }

  /**
   * Moves an entry to `archived`, `cancelled` or `enqueued` (that is a restart), as the state machine allows; answers how
   * many moved: 1 or 0.
   *
   * @param previous only from this status
   * @throws WaybillError `not_allowed` for statuses that only the holder of a task writes
   */
  async setStatus(task: TaskRef, status: TaskStatus, previous?: TaskStatus): Promise<number> {
    return await this.#administrator.setStatus(task, status, previous)
  }

  /**
   * Archives a task that has ended; one in progress only if forced: its holder is then fenced off. Archiving again is fine.
   * @throws NotFoundError; WaybillError `not_allowed` when it is in progress
   */
  async archive(task: TaskRef, options: AdminOptions = {}): Promise<void> {
    await this.#administrator.one('archive', task, options)
  }

  /**
   * Cancels a task. Queued: it never starts. Held by a worker, or waiting for its children: it is asked to stop, and ends
   * as cancelled unless it ends otherwise first. Forced: cancelled at once, its holder fenced off.
   *
   * @throws NotFoundError; WaybillError `not_allowed` when it has ended, or when the log cannot ask workers
   */
  async cancel(task: TaskRef, options: AdminOptions = {}): Promise<'cancelled' | 'requested'> {
    const { requested } = await this.#administrator.one('cancel', task, options)
    return requested.length > 0 ? 'requested' : 'cancelled'
  }

  /**
   * Queues a failed or cancelled task again, as if it were new.
   * @throws NotFoundError; WaybillError `not_allowed` when it is neither, or when its parent has ended
   */
  async restart(task: TaskRef): Promise<void> {
    await this.#administrator.one('restart', task)
  }

  /**
   * Deletes a task that has ended.
   * @throws NotFoundError; WaybillError `not_allowed` when it has not, or when it has children
   */
  async delete(task: TaskRef): Promise<void> {
    await this.#administrator.one('delete', task)
  }

  /** Archives entries; true only if every one could be. */
  async archiveCollection(tasks: Iterable<TaskRef>, options: AdminOptions = {}): Promise<boolean> {
    return await this.#administrator.each('archive', tasks, options)
  }

  /** Cancels entries, or asks them to stop; true only if every one could be. */
  async cancelCollection(tasks: Iterable<TaskRef>, options: AdminOptions = {}): Promise<boolean> {
    return await this.#administrator.each('cancel', tasks, options)
  }

  /** Archives all entries that match, whatever the filter's page. */
  async archiveAll(filter: TaskLogFilter, options: BulkOptions = {}): Promise<BulkOutcome> {
    return await this.#administrator.all('archive', this.checked(filter), options)
  }

  /** Cancels all entries that match, or asks them to stop, whatever the filter's page. */
  async cancelAll(filter: TaskLogFilter, options: BulkOptions = {}): Promise<BulkOutcome> {
    return await this.#administrator.all('cancel', this.checked(filter), options)
  }

  /** Restarts all entries that match, whatever the filter's page. */
  async restartAll(filter: TaskLogFilter, options: BulkOptions = {}): Promise<BulkOutcome> {
    return await this.#administrator.all('restart', this.checked(filter), options)
  }

  /** Deletes all entries that match and have ended, whatever the filter's page; children before their parents. */
  async deleteAll(filter: TaskLogFilter, options: BulkOptions = {}): Promise<BulkOutcome> {
    return await this.#administrator.all('delete', this.checked(filter), options)
  }

  /** Deletes entries that ended long ago, children before their parents. */
  async prune(options: PruneOptions): Promise<BulkOutcome> {
    const filter = prunable(options, await this.broker.now())
    if (options.dryRun !== true) return await this.deleteAll(filter, options)
    return { done: await this.count(filter), requested: 0, skippedCount: 0, skippedBy: {}, skipped: [] }
  }

  /** Says what kind of work a task is, or a class of tasks and all that extend it. */
  linkTaskToCategory(task: TaskKind, category: TaskCategory): void {
    this.#categories.link(task, category)
  }

  /** What kind of work a task is: by its exact name, else by the classes it extends, else as it says, else `unknown`. */
  getCategoryForTask(task: TaskKind): TaskCategory {
    return this.#categories.get(task)
  }

  /** Hears of every entry archived, or cancelled while queued or by force, through this service; answers a function that ends it. */
  on(event: TaskLogEvent, listener: TaskLogListener): () => void {
    return this.#administrator.events.on(event, listener)
  }

  /** A view that can only see and change this owner's entries. */
  forUser(user: string): UserTaskLog {
    return new UserTaskLog(this, user)
  }

  /** Gives back what the adapter opened itself. Safe to call twice. */
  async close(): Promise<void> {
    await this.broker.close()
  }

  /** Closes the log. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
