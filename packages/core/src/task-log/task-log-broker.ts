import type { ParentRefusal } from '../errors/errors.ts'
import type { TaskEvent, TaskStatus } from '../task/status.ts'
import type { FilterExpression, SortColumn } from './filter-expression.ts'
import type {
  FoundRecord,
  NewTaskLogRecord,
  OptionalColumn,
  TaskLogRecord,
  TaskReason,
} from './task-log-record.ts'

/** Facts about a task log. Frozen; each comment says what core does when it is false. */
export interface TaskLogCapabilities {
  /** Survives the process. False: core warns when a durable broker is built over it. */
  readonly durable: boolean
  /** Several processes may use the log at once. False: core refuses a worker's `processes` above one. */
  readonly multiProcess: boolean
  /** `add` takes a `transaction`. False: an add with one, and so `enqueue(..., { transaction })`, fails with `not_supported`. */
  readonly transactions: boolean
  /** Filters may look into JSON by a path. False: such a filter fails with `not_supported`. */
  readonly pathFilters: boolean
  /** Which letters `like` folds. `unicode` folds more than the contract asks for. */
  readonly caseFolding: 'ascii' | 'unicode'
}

/** What became of one entry handed to {@link TaskLogBroker.add}. */
export type AddOutcome =
  | { readonly outcome: 'added'; readonly id: string }
  /** The idempotency key was in use with the same fingerprint; `id` is the entry that has it. */
  | { readonly outcome: 'existing'; readonly id: string }
  /** The idempotency key was in use with another fingerprint; `id` is the entry that has it. */
  | { readonly outcome: 'conflict'; readonly id: string }
  | { readonly outcome: 'refused'; readonly id: string; readonly refusal: ParentRefusal }

/** Where a page begins: after this row in the order of the search. */
export interface SearchPosition {
  /** The sort column's value in the last row of the page before. */
  readonly value: string | number
  /** That row's id. */
  readonly id: string
}

/** A search, checked and with defaults applied. */
export interface TaskLogSearch {
  /** Which entries. */
  readonly where: FilterExpression
  /** By which column; equal values are ordered by id, in the same direction. */
  readonly sort: SortColumn
  /** In which direction. */
  readonly direction: 'ascending' | 'descending'
  /** At most this many rows, 1 or more. */
  readonly limit: number
  /** Rows to leave out first, 0 or more; 0 when `after` is set. */
  readonly offset: number
  /** Begin after this row; null for the beginning. */
  readonly after: SearchPosition | null
  /** Columns that need not be read. */
  readonly omit: readonly OptionalColumn[]
}

/** A change of status that somebody other than the holder asks for. */
export interface TransitionChange {
  /** The entries. Those that do not exist, or are not in `from`, are left alone. */
  readonly ids: readonly string[]
  /** The event; one of the administrative ones. */
  readonly event: Extract<TaskEvent, 'cancel' | 'archive' | 'restart' | 'force_cancel' | 'force_archive'>
  /** Statuses to move from: a subset of what the event allows. */
  readonly from: readonly TaskStatus[]
  /** Why, for programs; null leaves it as it is. */
  readonly reason: TaskReason | null
  /** A report to store: JSON text; null leaves it as it is. */
  readonly report: string | null
}

/** How many entries are in each status. */
export type StatusCounts = Readonly<Record<TaskStatus, number>>

/**
 * The required part of a task log adapter. Core validates, applies defaults, encodes JSON and traces; an adapter may
 * assume clean input. All methods are safe to call at the same time; faults are thrown as {@link StoreError}.
 */
export interface TaskLogBroker {
  /** The version of this contract. */
  readonly specificationVersion: 1
  /** Names the adapter in messages, for example `sqlite`. */
  readonly id: string
  /** Frozen facts. */
  readonly capabilities: TaskLogCapabilities

  /**
   * Creates or upgrades the storage. Idempotent; safe when several processes do it at once; never drops anything.
   * @throws StoreError `schema_newer` when the storage is from a newer release
   */
  createContainer(): Promise<void>

  /** The log's own clock: whole milliseconds since the epoch. */
  now(): Promise<number>

  /**
   * Adds entries, all in one transaction: a fault stores none of them. Answers one outcome per entry, in order; only
   * those with the outcome `added` were stored. A new entry is `enqueued`; its hold is `due` while it is not due,
   * else `limit` when it has a limit key, else null. An idempotency key is unique per owner, also within the call.
   * Adding an id that is there already changes nothing and is answered `added`, so that a call whose reply was lost can
   * be repeated. A parent must exist, be open, have the child's owner and, where a token is given, be held under it; it is locked,
   * so that it cannot end in between, and marked as having children.
   *
   * With `transaction` (what the driver calls a connection inside a transaction) everything happens in there and the
   * caller commits. A log whose driver is synchronous has added before it returns its promise.
   */
  add(
    entries: readonly NewTaskLogRecord[],
    options?: { readonly transaction?: unknown },
  ): Promise<readonly AddOutcome[]>

  /** The entries with these ids, in any order; missing ones are left out. */
  find(ids: readonly string[]): Promise<readonly TaskLogRecord[]>

  /** One page of entries. */
  search(search: TaskLogSearch): Promise<readonly FoundRecord[]>

  /** How many entries match. */
  count(where: FilterExpression): Promise<number>

  /** How many entries that match are in each status; every status is present. */
  stats(where: FilterExpression): Promise<StatusCounts>

  /**
   * Compare-and-set by somebody other than the holder; answers the ids that moved: all that were in `from` when the call
   * began, whatever their order. One transaction, which also does what follows from it, once all have moved:
   * - `cancel`, `force_cancel`: ends as cancelled (a forced one at once, whatever its children do). Descendants that are enqueued are cancelled too (reason
   *   `parent_cancelled`), those that are held or wait for children get a cancel request. They are not in the answer.
   *   The holder of a forced one is fenced off: its token is cleared.
   * - `archive` keeps outcome, report and times. `force_archive`: as force_cancel, then archived.
   * - `restart`: back to enqueued, attempt 0, ready or `limit`, report, outcome, times and cancel request cleared.
   *   Refused (not moved) when the entry has a parent that has ended.
   * - Every parent of an entry that ended is rolled up (see {@link ClaimableTaskLogBroker.settle}).
   */
  transition(change: TransitionChange): Promise<readonly string[]>

  /**
   * Deletes entries that have ended and that no other entry names as its parent, in one transaction; answers the ids
   * that are gone. To delete a family, delete the children before the parents, or in the same call.
   */
  delete(ids: readonly string[]): Promise<readonly string[]>

  /**
   * Carries out what is under way and gives back what the adapter opened itself. Safe to call twice; later calls fail with
   * `closed`.
   */
  close(): Promise<void>
}
