import { TASK_CATEGORIES } from '../task/category.ts'
import { END_STATUSES, TASK_STATUSES } from '../task/status.ts'
import type { FilterColumn } from './filter-expression.ts'
import { TASK_REASONS, type TaskHold, type TaskLogRecord } from './task-log-record.ts'

/** What a column holds, and so what it may be compared with. */
export interface ColumnKind {
  readonly type: 'id' | 'text' | 'integer' | 'boolean' | 'instant'
  readonly nullable: boolean
  /** The closed set of a text column. */
  readonly words?: readonly string[]
}

const HOLDS: readonly TaskHold[] = ['due', 'limit']

const kind = (type: ColumnKind['type'], nullable = false): ColumnKind => ({ type, nullable })
const words = (set: readonly string[], nullable = false): ColumnKind => ({
  type: 'text',
  nullable,
  words: set,
})

/** The kind of every column. */
export const COLUMN_KINDS: Readonly<Record<FilterColumn, ColumnKind>> = {
  id: kind('id'),
  parentId: kind('id', true),
  taskName: kind('text'),
  queue: kind('text'),
  label: kind('text'),
  owner: kind('text'),
  category: words(TASK_CATEGORIES),
  status: words(TASK_STATUSES),
  masterStatus: kind('boolean'),
  outcome: words(END_STATUSES, true),
  reason: words(TASK_REASONS, true),
  priority: kind('integer'),
  hold: words(HOLDS, true),
  idempotencyKey: kind('text', true),
  limitKey: kind('text', true),
  attempt: kind('integer'),
  worker: kind('text', true),
  cancelRequested: kind('boolean'),
  createdAt: kind('instant'),
  updatedAt: kind('instant'),
  dueAt: kind('instant'),
  claimedAt: kind('instant', true),
  startedAt: kind('instant', true),
  finishedAt: kind('instant', true),
}

/** Columns that hold an instant. */
export type InstantColumn = 'createdAt' | 'updatedAt' | 'dueAt' | 'claimedAt' | 'startedAt' | 'finishedAt'

/** What a column may be compared with; an instant may also be given as a Date. */
export type ColumnValue<Column extends FilterColumn> =
  | TaskLogRecord[Column]
  | (Column extends InstantColumn ? Date : never)
