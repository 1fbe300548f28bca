import { InvalidInputError, NotFoundError, NotSupportedError } from '../errors/errors.ts'
import { isTaskId } from '../identity/id.ts'
import type { Report } from '../report/report.ts'
import type { ReportedStatus } from '../task/categorized-status.ts'
import { type Clock, systemClock } from '../time/clock.ts'
import { checkTaskName } from '../validation/names.ts'
import { usesPath } from './check-filter.ts'
import { encodeCursor } from './cursor.ts'
import {
  type DataTablePayload,
  type DataTableRequest,
  dataTableFilter,
  dataTablePayload,
  type RowCustomiser,
} from './data-table.ts'
import { executionTimes } from './execution-times.ts'
import type { FilterExpression } from './filter-expression.ts'
import type { StatusCounts, TaskLogBroker } from './task-log-broker.ts'
import { TaskLogCollection } from './task-log-collection.ts'
import { TaskLogEntity, type TaskLogEntityJson } from './task-log-entity.ts'
import { type AvailableOptions, asFilter, DEFAULT_PAGE_SIZE, TaskLogFilter } from './task-log-filter.ts'
import type { FoundRecord, TaskLogRecord } from './task-log-record.ts'
import { idOf, type TaskRef } from './task-ref.ts'
import { type UserStats, userStats } from './user-stats.ts'
import { type WaitOptions, waitForEnd } from './wait.ts'

/** Options of a task log. */
export interface TaskLogOptions {
  /** Task names that users' lists do not show. */
  readonly ignoreList?: readonly string[]
  /** Tells people how long ago something was, and paces waiting. Default: the machine's. */
  readonly clock?: Clock
}

/** Entries asked of the adapter at a time. */
const CHUNK_SIZE = 500

/** The reading half of the task log: checks what callers give, asks the adapter, decodes what it answers. */
export class TaskLogReader {
  /** The adapter. */
  readonly broker: TaskLogBroker
  /** The clock for ids, elapsed times and pauses; no decision about a task rests on it. */
  protected readonly clock: Clock
  readonly #ignoreList: readonly string[]

  /**
   * @param broker the adapter, for example what `createSqliteTaskLog` made
   * @throws InvalidInputError when it is none
   */
  constructor(broker: TaskLogBroker, options: TaskLogOptions = {}) {
    if (broker?.specificationVersion !== 1) {
      throw new InvalidInputError('broker', 'expected a task log adapter of specification version 1')
    }
    this.broker = broker
    this.clock = options.clock ?? systemClock
    this.#ignoreList = (options.ignoreList ?? []).map((name) => checkTaskName(name, 'ignoreList'))
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
    const [entity] = isTaskId(id) ? await this.search(available.eq('id', id).limit(1)) : []
    if (entity === undefined) throw new NotFoundError('task', id)
    return entity
  }

  /** One page of the entries that match. */
  async search(filter: TaskLogFilter = new TaskLogFilter()): Promise<TaskLogCollection> {
    this.checked(filter)
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
    return await this.broker.count(this.checked(filter))
  }

  /** How many entries that match are in each status. */
  async stats(filter: TaskLogFilter = new TaskLogFilter()): Promise<StatusCounts> {
    return await this.broker.stats(this.checked(filter))
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
    request: DataTableRequest,
    options: { readonly rowCustomiser?: RowCustomiser<More> } = {},
  ): Promise<DataTablePayload<TaskLogEntityJson & More>> {
    const paged = dataTableFilter(asFilter(filter), request)
    const [page, count] = await Promise.all([this.search(paged), this.count(paged)])
    return dataTablePayload(paged, page, count, options.rowCustomiser)
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
    return await waitForEnd((open) => this.find(open), this.clock, ids, options)
  }

  /** The conditions of a filter this log can answer. */
  protected checked(filter: TaskLogFilter): FilterExpression {
    const { where } = asFilter(filter)
    if (usesPath(where) && !this.broker.capabilities.pathFilters) {
      throw new NotSupportedError(`The task log ${this.broker.id}`, 'filters by a path')
    }
    return where
  }

  #entities(records: readonly FoundRecord[]): TaskLogEntity[] {
    const now = this.clock.now()
    return records.map((record) => new TaskLogEntity(record, now))
  }
}
