import {
  type FilterExpression,
  type FoundRecord,
  isTaskId,
  type OptionalColumn,
  type StatusCounts,
  TASK_STATUSES,
  type TaskLogRecord,
  type TaskLogSearch,
  type TaskStatus,
} from '@waybill/core'
import { COLUMNS, type Column, epochMs, RECORD_COLUMNS, selectList } from './columns.ts'
import type { Parameters, Transaction } from './transaction.ts'
import { Values, where } from './where.ts'

/** The log's time. */
export const NOW: string = `SELECT ${epochMs('{now}')} AS now`

/** The entries with these ids. */
export const FIND: string = `SELECT ${RECORD_COLUMNS} FROM {tasks} WHERE id = ANY (:ids::uuid[])`

/** The log's time. */
export async function now(transaction: Transaction): Promise<number> {
  const [row] = await transaction.rows<{ now: number }>(NOW)
  return row?.now as number
}

/** The entries with these ids. PostgreSQL would read others as ids too, such as one in upper case. */
export async function find(transaction: Transaction, ids: readonly string[]): Promise<TaskLogRecord[]> {
  return transaction.rows<TaskLogRecord>(FIND, { ids: ids.filter(isTaskId) })
}

/** One page of entries. */
export async function search(transaction: Transaction, request: TaskLogSearch): Promise<FoundRecord[]> {
  const { sql, parameters } = searchStatement(request)
  return transaction.rows<FoundRecord>(sql, parameters)
}

/** A statement that was put together for a filter. */
export interface SearchStatement {
  readonly sql: string
  readonly parameters: Parameters
}

/**
 * The statement of {@link search}. Text is compared by its bytes, as its columns are declared. The limit is a subquery for
 * the reason that CLAIM_FROM_QUEUE gives.
 */
export function searchStatement(request: TaskLogSearch): SearchStatement {
  const values = new Values()
  const omit: ReadonlySet<string> = new Set<OptionalColumn>(request.omit)
  const fields = [...COLUMNS.keys()].filter((field) => !omit.has(field))
  const sort = COLUMNS.get(request.sort) as Column
  const [direction, comes] = request.direction === 'ascending' ? ['ASC', '>'] : ['DESC', '<']
  const { after } = request
  const isAfter =
    after === null
      ? ''
      : ` AND (${sort.name}, id) ${comes} (${values.add(after.value, sort.type)}, ${values.add(after.id, 'uuid')})`
  const sql = `SELECT ${selectList(fields)} FROM {tasks} WHERE ${where(request.where, values)}${isAfter}
ORDER BY ${sort.name} ${direction}, id ${direction} LIMIT (SELECT ${values.add(request.limit, 'count')}) OFFSET ${values.add(request.offset, 'count')}`
  return { sql, parameters: values.parameters }
}

/** How many entries match. */
export async function count(transaction: Transaction, filter: FilterExpression): Promise<number> {
  const { sql, parameters } = countStatement(filter)
  const [row] = await transaction.rows<{ count: number }>(sql, parameters)
  return row?.count ?? 0
}

/** The statement of {@link count}. */
export function countStatement(filter: FilterExpression): SearchStatement {
  const values = new Values()
  const sql = `SELECT count(*) AS count FROM {tasks} WHERE ${where(filter, values)}`
  return { sql, parameters: values.parameters }
}

/** How many entries match, by status. */
export async function stats(transaction: Transaction, filter: FilterExpression): Promise<StatusCounts> {
  const { sql, parameters } = statsStatement(filter)
  const rows = await transaction.rows<{ status: TaskStatus; count: number }>(sql, parameters)
  const counts = new Map(rows.map(({ status, count: found }) => [status, found]))
  return Object.fromEntries(TASK_STATUSES.map((status) => [status, counts.get(status) ?? 0])) as StatusCounts
}

/** The statement of {@link stats}. */
export function statsStatement(filter: FilterExpression): SearchStatement {
  const values = new Values()
  const sql = `SELECT status, count(*) AS count FROM {tasks} WHERE ${where(filter, values)} GROUP BY status`
  return { sql, parameters: values.parameters }
}
