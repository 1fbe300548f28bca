import {
  IdempotencyConflictError,
  InvalidInputError,
  NotFoundError,
  NotSupportedError,
  ParentRefusedError,
} from '../errors/errors.ts'
import { WaybillError } from '../errors/waybill-error.ts'
import { isTaskId } from '../identity/id.ts'
import type { Report } from '../report/report.ts'
import type { ReportedStatus } from '../task/categorized-status.ts'
import type { TaskCategory } from '../task/category.ts'
import { TASK_STATUSES, type TaskStatus, TRANSITIONS } from '../task/status.ts'
import { type Clock, systemClock } from '../time/clock.ts'
import { checkTaskName } from '../validation/names.ts'
import { checkOneOf } from '../validation/one-of.ts'
import { type AdminAction, type AdminOptions, type AdminOutcome, administer } from './administer.ts'
import { administerAll, type BulkOptions, type BulkOutcome } from './administer-all.ts'
import { usesPath } from './check-filter.ts'
import { encodeCursor } from './cursor.ts'
import * as dataTable from './data-table.ts'
import { executionTimes } from './execution-times.ts'
import { type NewTask, newTaskRecord } from './new-task.ts'
import { type PruneOptions, prunable } from './prune.ts'
import { refusal } from './refusal.ts'
import { TaskCategories, type TaskKind } from './task-categories.ts'
import type { AddOutcome, StatusCounts, TaskLogBroker } from './task-log-broker.ts'
import { TaskLogCollection } from './task-log-collection.ts'
import { TaskLogEntity, type TaskLogEntityJson } from './task-log-entity.ts'
import { type TaskLogEvent, TaskLogEvents, type TaskLogListener } from './task-log-events.ts'
import { type AvailableOptions, asFilter, DEFAULT_PAGE_SIZE, TaskLogFilter } from './task-log-filter.ts'
import type { FoundRecord, TaskLogRecord } from './task-log-record.ts'
import { idOf, type TaskRef } from './task-ref.ts'
import { type UserStats, userStats } from './user-stats.ts'
import { UserTaskLog } from './user-task-log.ts'
import { type WaitOptions, waitForEnd } from './wait.ts'

/** Options of a {@link TaskLog}. */
export interface TaskLogOptions {
  /** Task names that users' lists do not show. */
  readonly ignoreList?: readonly string[]
  /** Tells people how long ago something was, and paces waiting. Default: the machine's. */
  readonly clock?: Clock
}

/** An entry that is in the log; `existing`: the idempotency key found it there. */
export type AddedTask = Extract<AddOutcome, { readonly outcome: 'added' | 'existing' }>

/** Rows asked for, and moved, at a time. */
const CHUNK_SIZE = 500
/** How often one entry is tried again that somebody else moved at the same time. */
const MAX_TRIES = 5

/**
 * The record of every task: who asked for it, what it is called, where it stands, and a report a person can read. Checks
 * what callers give, applies defaults, and asks the adapter. Safe to use from many places at once.
 */
export class TaskLog {
  /** The adapter. */
  readonly broker: TaskLogBroker
  readonly #events: TaskLogEvents = new TaskLogEvents()
  readonly #categories: TaskCategories = new TaskCategories()
  readonly #ignoreList: readonly string[]
  readonly #clock: Clock

  /**
   * @param broker the adapter, for example what `createSqliteTaskLog` made
   * @throws InvalidInputError when it is none
   */
  constructor(broker: TaskLogBroker, options: TaskLogOptions = {}) {
    if (broker?.specificationVersion !== 1) {
      throw new InvalidInputError('broker', 'expected a task log adapter of specification version 1')
    }
    this.broker = broker
    this.#ignoreList = (options.ignoreList ?? []).map((name) => checkTaskName(name, 'ignoreList'))
    this.#clock = options.clock ?? systemClock
  }

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
    const entry = newTaskRecord(task, this.#clock.now())
    if (options.transaction !== undefined && !this.broker.capabilities.transactions) {
      throw new NotSupportedError(`The task log ${this.broker.id}`, 'transactions')
    }
    const [added] = await this.broker.add([entry], options)
    if (added?.outcome === 'added' || added?.outcome === 'existing') return added
    if (added?.outcome === 'refused') throw new ParentRefusedError(String(entry.parentId), added.refusal)
    throw new IdempotencyConflictError(String(entry.idempotencyKey), String(added?.id))
  }

  /** Where a task stands; `unknown` when there is none. */
  async getStatus(task: TaskRef): Promise<ReportedStatus> {
    return (await this.find([task]))[0]?.status ?? 'unknown'
  }

  /** What came of a task; null when it has no report, or there is no such task. */
  async getReport(task: TaskRef): Promise<Report | null> {
    return (await this.find([task]))[0]?.report ?? null
  }

  /** The entries of these tasks, in order; missing ones are left out. */
  async find(tasks: Iterable<TaskRef>): Promise<readonly TaskLogEntity[]> {
    const ids = Array.from(tasks, idOf)
    const records = new Map<string, TaskLogRecord>()
    for (let at = 0; at < ids.length; at += CHUNK_SIZE) {
      const wanted = new Set(ids.slice(at, at + CHUNK_SIZE).filter(isTaskId))
      if (wanted.size === 0) continue
      for (const record of await this.broker.find([...wanted])) records.set(record.id, record)
    }
    return this.#entities(ids.flatMap((id) => records.get(id) ?? []))
  }

  /**
   * One entry.
   * @throws NotFoundError when there is none
   */
  async getById(task: TaskRef): Promise<TaskLogEntity> {
    const [entity] = await this.find([task])
    if (entity === undefined) throw new NotFoundError('task', idOf(task))
    return entity
  }

  /**
   * One entry of those a user's lists show.
   * @throws NotFoundError when there is none, or it is another's: the two are never told apart
   */
  async getByIdAndUser(task: TaskRef, user: string, options: AvailableOptions = {}): Promise<TaskLogEntity> {
    const id = idOf(task)
    const available = new TaskLogFilter().addAvailableFilters(user, options)
    const [entity] = isTaskId(id) ? await this.search(available.eq('id', id)) : []
    if (entity === undefined) throw new NotFoundError('task', id)
    return entity
  }

  /** One page of the entries that match. */
  async search(filter: TaskLogFilter = new TaskLogFilter()): Promise<TaskLogCollection> {
    this.#where(filter)
    const search = filter.toSearch()
    if (search.limit === 0) return new TaskLogCollection([], null)
    // One row more than the page has tells whether there is another page.
    const found = await this.broker.search({ ...search, limit: search.limit + 1 })
    const page = found.slice(0, search.limit)
    const last = found.length > page.length ? page.at(-1) : undefined
    return new TaskLogCollection(this.#entities(page), last === undefined ? null : encodeCursor(search, last))
  }

  /** The entries that match, page after page to the last one; the filter's limit is the size of a page. */
  async *pages(filter: TaskLogFilter): AsyncGenerator<TaskLogCollection, void, undefined> {
    let page = await this.search(filter)
    yield page
    while (page.nextCursor !== null) {
      page = await this.search(filter.after(page.nextCursor))
      yield page
    }
  }

  /** How many entries match. */
  async count(filter: TaskLogFilter = new TaskLogFilter()): Promise<number> {
    return await this.broker.count(this.#where(filter))
  }

  /** How many entries that match are in each status. */
  async stats(filter: TaskLogFilter = new TaskLogFilter()): Promise<StatusCounts> {
    return await this.broker.stats(this.#where(filter))
  }

  /** How many of the tasks a user's lists show are completed, failed and in progress. */
  async getStats(user: string): Promise<UserStats> {
    return userStats(await this.stats(this.withoutIgnored(new TaskLogFilter().addAvailableFilters(user))))
  }

  /** The newest tasks of a user that are neither archived nor cancelled nor ignored. */
  async findAvailableByUser(
    user: string,
    limit: number = DEFAULT_PAGE_SIZE,
    offset = 0,
  ): Promise<TaskLogCollection> {
    const filter = new TaskLogFilter().addAvailableFilters(user).limit(limit).offset(offset)
    return await this.search(this.withoutIgnored(filter))
  }

  /** The filter, without the tasks that users' lists do not show. */
  withoutIgnored(filter: TaskLogFilter): TaskLogFilter {
    return filter.notIn('taskName', this.#ignoreList)
  }

  /**
   * One page for a data table.
   * @throws InvalidInputError when the request names an unknown column or order
   */
  async getDataTablePayload<More extends object = object>(
    filter: TaskLogFilter,
    request: dataTable.DataTableRequest,
    options: { readonly rowCustomiser?: dataTable.RowCustomiser<More> } = {},
  ): Promise<dataTable.DataTablePayload<TaskLogEntityJson & More>> {
    const paged = dataTable.dataTableFilter(asFilter(filter), request)
    const [page, count] = await Promise.all([this.search(paged), this.count(paged)])
    return dataTable.dataTablePayload(paged, page, count, options.rowCustomiser)
  }

  /** How many seconds the last attempt took of each task that ended at or after `from` and before `to`. */
  async getTaskExecutionTimesByDateRange(from: Date, to: Date): Promise<Map<string, number>> {
    return await executionTimes(this.broker, from, to)
  }

  /**
   * Waits until a task, or all of some, has ended; answers the entries, in order.
   * @throws NotFoundError; WaybillError `aborted` when the time is over; the signal's reason
   */
  async wait(
    tasks: TaskRef | readonly TaskRef[],
    options: WaitOptions = {},
  ): Promise<readonly TaskLogEntity[]> {
    const ids = (Array.isArray(tasks) ? (tasks as readonly TaskRef[]) : [tasks as TaskRef]).map(idOf)
    return this.#entities(await waitForEnd(this.broker, this.#clock, ids, options))
  }

  /**
   * Moves an entry to `archived`, `cancelled` or `enqueued` (that is a restart), as the state machine allows; answers how
   * many moved: 1 or 0.
   *
   * @param previous only from this status
   * @throws WaybillError `not_allowed` for statuses that only the holder of a task writes
   */
  async setStatus(task: TaskRef, status: TaskStatus, previous?: TaskStatus): Promise<number> {
    const action = ACTIONS[checkOneOf(status, 'status', TASK_STATUSES)]
    if (action === undefined) {
      throw new WaybillError('not_allowed', `Only the worker that holds a task makes it ${status}.`)
    }
    const { from } = TRANSITIONS[action]
    const id = idOf(task)
    const ids = isTaskId(id) && (previous === undefined || from.includes(previous)) ? [id] : []
    if (ids.length === 0) return 0
    const change = {
      ids,
      event: action,
      from: previous === undefined ? from : [previous],
      reason: null,
      report: null,
    }
    const done = await this.broker.transition(change)
    await this.#tell(action, { done, requested: [], skipped: [] }, false)
    return done.length
  }

  /**
   * Archives a task that has ended; one in progress only if forced: its holder is then fenced off. Archiving again is fine.
   * @throws NotFoundError; WaybillError `not_allowed` when it is in progress
   */
  async archive(task: TaskRef, options: AdminOptions = {}): Promise<void> {
    await this.#administer('archive', task, options)
  }

  /**
   * Cancels a task. Queued: it never starts. Held by a worker, or waiting for its children: it is asked to stop, and ends
   * as cancelled unless it ends otherwise first. Forced: cancelled at once, its holder fenced off.
   *
   * @throws NotFoundError; WaybillError `not_allowed` when it has ended, or when the log cannot ask workers
   */
  async cancel(task: TaskRef, options: AdminOptions = {}): Promise<'cancelled' | 'requested'> {
    const { requested } = await this.#administer('cancel', task, options)
    return requested.length > 0 ? 'requested' : 'cancelled'
  }

  /**
   * Queues a failed or cancelled task again, as if it were new.
   * @throws NotFoundError; WaybillError `not_allowed` when it is neither, or when its parent has ended
   */
  async restart(task: TaskRef): Promise<void> {
    await this.#administer('restart', task, {})
  }

  /**
   * Deletes a task that has ended.
   * @throws NotFoundError; WaybillError `not_allowed` when it has not, or when it has children
   */
  async delete(task: TaskRef): Promise<void> {
    await this.#administer('delete', task, {})
  }

  /** Archives entries; true only if every one could be. */
  async archiveCollection(tasks: Iterable<TaskRef>, options: AdminOptions = {}): Promise<boolean> {
    return await this.#administerEach('archive', tasks, options)
  }

  /** Cancels entries, or asks them to stop; true only if every one could be. */
  async cancelCollection(tasks: Iterable<TaskRef>, options: AdminOptions = {}): Promise<boolean> {
    return await this.#administerEach('cancel', tasks, options)
  }

  /** Archives all entries that match, whatever the filter's page. */
  async archiveAll(filter: TaskLogFilter, options: BulkOptions = {}): Promise<BulkOutcome> {
    return await this.#administerAll('archive', filter, options)
  }

  /** Cancels all entries that match, or asks them to stop, whatever the filter's page. */
  async cancelAll(filter: TaskLogFilter, options: BulkOptions = {}): Promise<BulkOutcome> {
    return await this.#administerAll('cancel', filter, options)
  }

  /** Restarts all entries that match, whatever the filter's page. */
  async restartAll(filter: TaskLogFilter, options: BulkOptions = {}): Promise<BulkOutcome> {
    return await this.#administerAll('restart', filter, options)
  }

  /** Deletes all entries that match and have ended, whatever the filter's page; children before their parents. */
  async deleteAll(filter: TaskLogFilter, options: BulkOptions = {}): Promise<BulkOutcome> {
    return await this.#administerAll('delete', filter, options)
  }

  /** Deletes entries that ended long ago, children before their parents. */
  async prune(options: PruneOptions): Promise<BulkOutcome> {
    const filter = prunable(options, await this.broker.now())
    if (options.dryRun !== true) return await this.deleteAll(filter, options)
    return { done: await this.count(filter), requested: 0, skippedCount: 0, skipped: [] }
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
    return this.#events.on(event, listener)
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

  async #administer(action: AdminAction, task: TaskRef, options: AdminOptions): Promise<AdminOutcome> {
    for (let tries = 1; ; tries += 1) {
      const { record } = await this.getById(task)
      const outcome = await this.#administerPage(action, [record], options)
      const reason = outcome.skipped[0]?.reason ?? 'done_already'
      if (reason === 'done_already') return outcome
      if (reason !== 'changed' || tries === MAX_TRIES) throw refusal(action, record.id, reason)
    }
  }

  async #administerEach(
    action: AdminAction,
    tasks: Iterable<TaskRef>,
    options: AdminOptions,
  ): Promise<boolean> {
    const ids = [...new Set(Array.from(tasks, idOf))]
    const entities = await this.find(ids)
    let all = entities.length === ids.length
    for (let at = 0; at < entities.length; at += CHUNK_SIZE) {
      const records = entities.slice(at, at + CHUNK_SIZE).map(({ record }) => record)
      const { skipped } = await this.#administerPage(action, records, options)
      all &&= skipped.every(({ reason }) => reason === 'done_already')
    }
    return all
  }

  async #administerPage(
    action: AdminAction,
    records: readonly FoundRecord[],
    options: AdminOptions,
  ): Promise<AdminOutcome> {
    const outcome = await administer(this.broker, action, records, options)
    await this.#tell(action, outcome, options.force === true)
    return outcome
  }

  async #administerAll(
    action: AdminAction,
    filter: TaskLogFilter,
    options: BulkOptions,
  ): Promise<BulkOutcome> {
    return await administerAll(this.broker, action, this.#where(filter), options, (page) =>
      this.#tell(action, page, options.force === true),
    )
  }

  async #tell(action: AdminAction, { done }: AdminOutcome, forced: boolean): Promise<void> {
    const event = EVENTS[action]
    if (event === undefined || done.length === 0 || !this.#events.has(event)) return
    for (const entry of await this.find(done)) this.#events.emit(event, { entry, forced })
  }

  #entities(records: readonly FoundRecord[]): TaskLogEntity[] {
    const now = this.#clock.now()
    return records.map((record) => new TaskLogEntity(record, now))
  }

  #where(filter: TaskLogFilter): TaskLogFilter['where'] {
    const { where } = asFilter(filter)
    if (usesPath(where) && !this.broker.capabilities.pathFilters) {
      throw new NotSupportedError(`The task log ${this.broker.id}`, 'filters by a path')
    }
    return where
  }
}

const ACTIONS: Readonly<Partial<Record<TaskStatus, 'archive' | 'cancel' | 'restart'>>> = {
  archived: 'archive',
  cancelled: 'cancel',
  enqueued: 'restart',
}

const EVENTS: Readonly<Partial<Record<AdminAction, TaskLogEvent>>> = {
  archive: 'archived',
  cancel: 'cancelled',
}
