import type { TaskCategory } from '../task/category.ts'
import type { EndStatus, TaskStatus } from '../task/status.ts'

/**
 * Why an entry is where it is, for programs: every entry that ended other than `completed` has one, and so has
 * one that was given back. Closed set; the sentence for people is in the report.
 */
export const TASK_REASONS = [
  'report',
  'error',
  'timeout',
  'worker_died',
  'unknown_task',
  'undecodable',
  'child_failed',
  'remote_failed',
  'remote_pending',
  'cancelled',
  'parent_cancelled',
  'purged',
  'forced',
  'shutdown',
  'restarted',
] as const

/** One of {@link TASK_REASONS}. */
export type TaskReason = (typeof TASK_REASONS)[number]

/**
 * Why a queued task cannot be claimed yet: `due` its time has not come, `limit` its limit key has no free slot.
 * Null: ready. Only {@link ClaimableTaskLogBroker.promote} clears it.
 */
export type TaskHold = 'due' | 'limit'

/**
 * One row of the log as adapters store and return it. JSON travels as text that core has encoded and decodes;
 * instants are whole milliseconds since the epoch, UTC, by the log's own clock.
 */
export interface TaskLogRecord {
  /** Lower-case UUID version 7. */
  readonly id: string
  /** The parent's id. */
  readonly parentId: string | null
  /** The name the worker's registry resolves. */
  readonly taskName: string
  /** The queue the task waits in. */
  readonly queue: string
  /** The parameters: JSON text, at most 1 MB of UTF-8. */
  readonly parameters: string
  /** What the task is called for people, at most 255 characters. */
  readonly label: string
  /** Whose task it is. */
  readonly owner: string
  /** What kind of work it is. */
  readonly category: TaskCategory
  /** Free facts beside the parameters: a JSON object as text. */
  readonly metadata: string | null
  /** Where the task stands. */
  readonly status: TaskStatus
  /** True: the task's children never change its status. */
  readonly masterStatus: boolean
  /**
   * What it ended as; stays when it is archived. While it waits for its children: what its own run ended as. Null
   * before.
   */
  readonly outcome: EndStatus | null
  /** Why, for programs. */
  readonly reason: TaskReason | null
  /** The report: JSON text. */
  readonly report: string | null
  /** The progress: JSON text. */
  readonly progress: string | null
  /** Smaller is claimed first, -32768 to 32767. */
  readonly priority: number
  /** Why a queued task cannot be claimed yet; null for ready and for all other statuses. */
  readonly hold: TaskHold | null
  /** Unique per owner while the entry exists. */
  readonly idempotencyKey: string | null
  /** Tasks with the same key share {@link TaskLogRecord.limitMax} slots, over all queues and workers. */
  readonly limitKey: string | null
  /** How many tasks of the limit key may be ready, dequeued or running at once. */
  readonly limitMax: number | null
  /** How many attempts have been counted; the first claim makes it 1. */
  readonly attempt: number
  /** How many there may be, at least 1. */
  readonly maxAttempts: number
  /** The worker that holds it; stays once the task has ended. */
  readonly worker: string | null
  /** Somebody asked its holder to stop, or asked it to end as cancelled when its children are done. */
  readonly cancelRequested: boolean
  /** A child was added to it at some time. */
  readonly hasChildren: boolean
  /** When it was added. */
  readonly createdAt: number
  /** When any column last changed. */
  readonly updatedAt: number
  /** Not started before. */
  readonly dueAt: number
  /** When it was last claimed. */
  readonly claimedAt: number | null
  /** When its last attempt began. */
  readonly startedAt: number | null
  /** When it ended. */
  readonly finishedAt: number | null
}

/** Columns a search may leave out. */
export const OPTIONAL_COLUMNS = [
  'parameters',
  'label',
  'owner',
  'metadata',
  'report',
  'progress',
  'createdAt',
  'updatedAt',
] as const

/** One of {@link OPTIONAL_COLUMNS}. */
export type OptionalColumn = (typeof OPTIONAL_COLUMNS)[number]

/** A record from a search; columns that were left out are undefined. */
export type FoundRecord = Omit<TaskLogRecord, OptionalColumn> & Partial<Pick<TaskLogRecord, OptionalColumn>>

/** An entry to add. Core has validated it and applied every default. */
export interface NewTaskLogRecord
  extends Pick<
    TaskLogRecord,
    | 'id'
    | 'parentId'
    | 'taskName'
    | 'queue'
    | 'parameters'
    | 'label'
    | 'owner'
    | 'category'
    | 'metadata'
    | 'masterStatus'
    | 'priority'
    | 'idempotencyKey'
    | 'limitKey'
    | 'limitMax'
    | 'maxAttempts'
  > {
  /** The claim token of the parent, when its worker adds the child: a worker that lost the parent is refused. */
  readonly parentToken: string | null
  /** Tells two payloads apart under one idempotency key; null without a key. */
  readonly fingerprint: string | null
  /** Milliseconds from now, by the log's clock, before it is due; 0 for at once. Ignored when `dueAt` is set. */
  readonly delayMs: number
  /** The instant it is due; null for `delayMs`. */
  readonly dueAt: number | null
}
