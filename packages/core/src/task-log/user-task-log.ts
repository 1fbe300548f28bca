import { NotFoundError } from '../errors/errors.ts'
import type { Report } from '../report/report.ts'
import type { ReportedStatus } from '../task/categorized-status.ts'
import { checkKey } from '../validation/names.ts'
import type { AdminOptions } from './administer.ts'
import type { BulkOptions, BulkOutcome } from './administer-all.ts'
import type { DataTablePayload, DataTableRequest, RowCustomiser } from './data-table.ts'
import type { TaskLog } from './task-log.ts'
import type { StatusCounts } from './task-log-broker.ts'
import type { TaskLogCollection } from './task-log-collection.ts'
import type { TaskLogEntity, TaskLogEntityJson } from './task-log-entity.ts'
import { asFilter, DEFAULT_PAGE_SIZE, TaskLogFilter } from './task-log-filter.ts'
import { idOf, type TaskRef } from './task-ref.ts'
import { type UserStats, userStats } from './user-stats.ts'
import type { WaitOptions } from './wait.ts'

/**
 * The task log as one user may see it: only the entries this user owns, the super user's name included. Another's entry
 * answers exactly as one that does not exist. Lists leave out ignored tasks.
 */
export class UserTaskLog {
  /** Whose entries these are. */
  readonly user: string
  readonly #log: TaskLog

  /** @param log the whole log; @param user whose entries to show */
  constructor(log: TaskLog, user: string) {
    this.#log = log
    this.user = checkKey(user, 'user')
  }

  /** One page of the entries that match. */
  async search(filter: TaskLogFilter = new TaskLogFilter()): Promise<TaskLogCollection> {
    return await this.#log.search(this.#listed(filter))
  }

  /** The entries that match, page after page to the last one. */
  pages(filter: TaskLogFilter): AsyncGenerator<TaskLogCollection, void, undefined> {
    return this.#log.pages(this.#listed(filter))
  }

  /** How many entries match. */
  async count(filter: TaskLogFilter = new TaskLogFilter()): Promise<number> {
    return await this.#log.count(this.#listed(filter))
  }

  /** How many entries that match are in each status. */
  async stats(filter: TaskLogFilter = new TaskLogFilter()): Promise<StatusCounts> {
    return await this.#log.stats(this.#listed(filter))
  }

  /** How many tasks are completed, failed and in progress. */
  async getStats(): Promise<UserStats> {
    return userStats(await this.stats())
  }

  /** The newest tasks that are neither archived nor cancelled. */
  async findAvailable(limit: number = DEFAULT_PAGE_SIZE, offset = 0): Promise<TaskLogCollection> {
    const filter = new TaskLogFilter().addAvailableFilters(this.user).limit(limit).offset(offset)
    return await this.search(filter)
  }

  /** One page for a data table. */
  async getDataTablePayload<More extends object = object>(
    filter: TaskLogFilter,
    request: DataTableRequest,
    options: { readonly rowCustomiser?: RowCustomiser<More> } = {},
  ): Promise<DataTablePayload<TaskLogEntityJson & More>> {
    return await this.#log.getDataTablePayload(this.#listed(filter), request, options)
  }

  /**
   * One entry, archived and cancelled ones too.
   * @throws NotFoundError
   */
  async getById(task: TaskRef): Promise<TaskLogEntity> {
    const [entity] = await this.#owned([task])
    if (entity === undefined) throw new NotFoundError('task', idOf(task))
    return entity
  }

  /** Where a task stands; `unknown` when there is none. */
  async getStatus(task: TaskRef): Promise<ReportedStatus> {
    return (await this.#owned([task]))[0]?.status ?? 'unknown'
  }

  /** What came of a task; null when there is none, or no report. */
  async getReport(task: TaskRef): Promise<Report | null> {
    return (await this.#owned([task]))[0]?.report ?? null
  }

  /** As `TaskLog.wait`. */
  async wait(
    tasks: TaskRef | readonly TaskRef[],
    options: WaitOptions = {},
  ): Promise<readonly TaskLogEntity[]> {
    const refs = Array.isArray(tasks) ? (tasks as readonly TaskRef[]) : [tasks as TaskRef]
    const owned = new Set((await this.#owned(refs)).map(({ id }) => id))
    const missing = refs.map(idOf).find((id) => !owned.has(id))
    if (missing !== undefined) throw new NotFoundError('task', missing)
    return await this.#log.wait(refs, options)
  }

  /** As `TaskLog.archive`. */
  async archive(task: TaskRef, options: AdminOptions = {}): Promise<void> {
    await this.#log.archive(await this.getById(task), options)
  }

  /** As `TaskLog.cancel`. */
  async cancel(task: TaskRef, options: AdminOptions = {}): Promise<'cancelled' | 'requested'> {
    return await this.#log.cancel(await this.getById(task), options)
  }

  /** As `TaskLog.restart`. */
  async restart(task: TaskRef): Promise<void> {
    await this.#log.restart(await this.getById(task))
  }

  /** Archives entries; true only if every one could be. */
  async archiveCollection(tasks: Iterable<TaskRef>, options: AdminOptions = {}): Promise<boolean> {
    const ids = Array.from(tasks, idOf)
    const owned = await this.#owned(ids)
    return (await this.#log.archiveCollection(owned, options)) && owned.length === ids.length
  }

  /** Cancels entries, or asks them to stop; true only if every one could be. */
  async cancelCollection(tasks: Iterable<TaskRef>, options: AdminOptions = {}): Promise<boolean> {
    const ids = Array.from(tasks, idOf)
    const owned = await this.#owned(ids)
    return (await this.#log.cancelCollection(owned, options)) && owned.length === ids.length
  }

  /** Archives all entries that match. */
  async archiveAll(filter: TaskLogFilter, options: BulkOptions = {}): Promise<BulkOutcome> {
    return await this.#log.archiveAll(this.#listed(filter), options)
  }

  /** Cancels all entries that match, or asks them to stop. */
  async cancelAll(filter: TaskLogFilter, options: BulkOptions = {}): Promise<BulkOutcome> {
    return await this.#log.cancelAll(this.#listed(filter), options)
  }

  /** Restarts all entries that match. */
  async restartAll(filter: TaskLogFilter, options: BulkOptions = {}): Promise<BulkOutcome> {
    return await this.#log.restartAll(this.#listed(filter), options)
  }

  async #owned(tasks: Iterable<TaskRef>): Promise<readonly TaskLogEntity[]> {
    return (await this.#log.find(tasks)).filter(({ owner }) => owner === this.user)
  }

  #listed(filter: TaskLogFilter): TaskLogFilter {
    return this.#log.withoutIgnored(asFilter(filter).and(new TaskLogFilter().eq('owner', this.user)))
  }
}
