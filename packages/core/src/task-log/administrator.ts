import { WaybillError } from '../errors/waybill-error.ts'
import { isTaskId } from '../identity/id.ts'
import { TASK_STATUSES, type TaskStatus, TRANSITIONS } from '../task/status.ts'
import { checkOneOf } from '../validation/one-of.ts'
import { type AdminAction, type AdminOptions, type AdminOutcome, administer } from './administer.ts'
import { administerAll, type BulkOptions, type BulkOutcome } from './administer-all.ts'
import type { FilterExpression } from './filter-expression.ts'
import { refusal } from './refusal.ts'
import { type TaskLogEvent, TaskLogEvents } from './task-log-events.ts'
import type { TaskLogReader } from './task-log-reader.ts'
import type { FoundRecord } from './task-log-record.ts'
import { idOf, type TaskRef } from './task-ref.ts'

const CHUNK_SIZE = 500
/** How often one entry is tried again that somebody else moved at the same time. */
const MAX_TRIES = 5

const ACTIONS: Readonly<Partial<Record<TaskStatus, 'archive' | 'cancel' | 'restart'>>> = {
  archived: 'archive',
  cancelled: 'cancel',
  enqueued: 'restart',
}

const EVENTS: Readonly<Partial<Record<AdminAction, TaskLogEvent>>> = {
  archive: 'archived',
  cancel: 'cancelled',
}

/** The changing half of the task log: moves entries on somebody's word, one, some or all, and tells of it. */
export class Administrator {
  /** Who hears of it. */
  readonly events: TaskLogEvents = new TaskLogEvents()
  readonly #log: TaskLogReader

  /** @param log where the entries are */
  constructor(log: TaskLogReader) {
    this.#log = log
  }

  /**
   * Moves one entry.
   * @throws NotFoundError; WaybillError `not_allowed` with the reason
   */
  async one(action: AdminAction, task: TaskRef, options: AdminOptions = {}): Promise<AdminOutcome> {
    for (let tries = 1; ; tries += 1) {
      const { record } = await this.#log.getById(task)
      const outcome = await this.#page(action, [record], options)
      const reason = outcome.skipped[0]?.reason ?? 'done_already'
      if (reason === 'done_already') return outcome
      if (reason !== 'changed' || tries === MAX_TRIES) throw refusal(action, record.id, reason)
    }
  }

  /** Moves some entries; true only if every one could be. */
  async each(action: AdminAction, tasks: Iterable<TaskRef>, options: AdminOptions): Promise<boolean> {
    const ids = [...new Set(Array.from(tasks, idOf))]
    const entities = await this.#log.find(ids)
    let all = entities.length === ids.length
    for (let at = 0; at < entities.length; at += CHUNK_SIZE) {
      const records = entities.slice(at, at + CHUNK_SIZE).map(({ record }) => record)
      const { skipped } = await this.#page(action, records, options)
      all &&= skipped.every(({ reason }) => reason === 'done_already')
    }
    return all
  }

  /** Moves all entries that match. */
  async all(action: AdminAction, where: FilterExpression, options: BulkOptions): Promise<BulkOutcome> {
    return await administerAll(this.#log.broker, action, where, options, (page) =>
      this.#tell(action, page.done, options.force === true),
    )
  }

  /** Moves one entry to a status, if it is in the one that is expected; answers how many moved. */
  async setStatus(task: TaskRef, status: TaskStatus, previous: TaskStatus | undefined): Promise<number> {
    const event = ACTIONS[checkOneOf(status, 'status', TASK_STATUSES)]
    if (event === undefined) {
      throw new WaybillError('not_allowed', `Only the worker that holds a task makes it ${status}.`)
    }
    const id = idOf(task)
    const from = TRANSITIONS[event].from.filter((each) => previous === undefined || each === previous)
    if (from.length === 0 || !isTaskId(id)) return 0
    const done = await this.#log.broker.transition({ ids: [id], event, from, reason: null, report: null })
    await this.#tell(event, done, false)
    return done.length
  }

  async #page(
    action: AdminAction,
    records: readonly FoundRecord[],
    options: AdminOptions,
  ): Promise<AdminOutcome> {
    const outcome = await administer(this.#log.broker, action, records, options)
    await this.#tell(action, outcome.done, options.force === true)
    return outcome
  }

  async #tell(action: AdminAction, ids: readonly string[], forced: boolean): Promise<void> {
    const event = EVENTS[action]
    if (event === undefined || ids.length === 0 || !this.events.has(event)) return
    for (const entry of await this.#log.find(ids)) this.events.emit(event, { entry, forced })
  }
}
