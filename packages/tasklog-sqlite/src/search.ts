import {
  type FilterExpression,
  type FoundRecord,
  type OptionalColumn,
  type StatusCounts,
  TASK_STATUSES,
  type TaskLogRecord,
  type TaskLogSearch,
  type TaskStatus,
} from '@waybill/core'
import { COLUMNS, type Column, RECORD_COLUMNS, selectList } from './columns.ts'
import { type RecordRow, toFoundRecord, toRecord } from './rows.ts'
import type { Transaction } from './transaction.ts'
import { type Condition, where } from './where.ts'

/** The entries with these ids. */
export const FIND: string = `SELECT ${RECORD_COLUMNS} FROM {tasks} WHERE id IN (SELECT value FROM json_each(:ids))`

/** The entries with these ids. */
export function find(transaction: Transaction, ids: readonly string[]): TaskLogRecord[] {
  return transaction.rows<RecordRow>(FIND, { ids: JSON.stringify(ids) }).map(toRecord)
}

/** One page of entries. */
export function search(transaction: Transaction, request: TaskLogSearch): FoundRecord[] {
  const { sql, values } = searchStatement(request)
  return transaction.rows<RecordRow>(sql, values).map(toFoundRecord)
}

/** The statement of a search. Text is compared by its bytes, which is what SQLite does unless told otherwise. */
export function searchStatement(request: TaskLogSearch): Condition {
  const omit: ReadonlySet<string> = new Set<OptionalColumn>(request.omit)
  const fields = [...COLUMNS.keys()].filter((field) => !omit.has(field))
  const { name } = COLUMNS.get(request.sort) as Column
  const [direction, comes] = request.direction === 'ascending' ? ['ASC', '>'] : ['DESC', '<']
  const { sql, values } = where(request.where)
  const after = request.after
  return {
    sql: `SELECT ${selectList(fields)} FROM {tasks} WHERE ${sql}${after === null ? '' : ` AND (${name}, id) ${comes} (?, ?)`}
ORDER BY ${name} ${direction}, id ${direction} LIMIT ? OFFSET ?`,
    values: [...values, ...(after === null ? [] : [after.value, after.id]), request.limit, request.offset],
  }
}

/** How many entries match. */
export function count(transaction: Transaction, filter: FilterExpression): number {
  const { sql, values } = countStatement(filter)
  return transaction.row<{ count: number }>(sql, values)?.count ?? 0
}

/** The statement of {@link count}. */
export function countStatement(filter: FilterExpression): Condition {
  const { sql, values } = where(filter)
  return { sql: `SELECT count(*) AS count FROM {tasks} WHERE ${sql}`, values }
}

/** How many entries match, by status. */
export function stats(transaction: Transaction, filter: FilterExpression): StatusCounts {
  const { sql, values } = statsStatement(filter)
  const rows = transaction.rows<{ status: TaskStatus; count: number }>(sql, values)
  const counts = new Map(rows.map(({ status, count }) => [status, count]))
  return Object.fromEntries(TASK_STATUSES.map((status) => [status, counts.get(status) ?? 0])) as StatusCounts
}

/** The statement of {@link stats}. */
export function statsStatement(filter: FilterExpression): Condition {
  const { sql, values } = where(filter)
  return { sql: `SELECT status, count(*) AS count FROM {tasks} WHERE ${sql} GROUP BY status`, values }
}
