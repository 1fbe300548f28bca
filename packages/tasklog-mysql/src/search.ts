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
import type { Connection } from './connection.ts'
import { Fragment, literal } from './literals.ts'
import { type RecordRow, toFoundRecord, toRecord } from './rows.ts'
import { read } from './transaction.ts'
import { where } from './where.ts'

/** The log's time. */
export const TIME = `SELECT {now} AS now`

/** The entries with these ids. */
export const FIND: string = `SELECT ${RECORD_COLUMNS} FROM {tasks} WHERE id IN (:ids)`

/** One page of entries. */
export const SEARCH = `
SELECT :columns FROM {tasks} WHERE :where AND :isAfter ORDER BY :sort LIMIT :limit OFFSET :offset`

/** How many entries match. */
export const COUNT = `SELECT COUNT(*) AS count FROM {tasks} WHERE :where`

/** How many entries match, by status. */
export const STATS = `SELECT status, COUNT(*) AS count FROM {tasks} WHERE :where GROUP BY status`

/** The log's time. */
export async function now(connection: Connection): Promise<number> {
  const [row] = await read(connection, (transaction) => transaction.rows<{ now: number }>(TIME))
  return row?.now as number
}

/** The entries with these ids. */
export async function find(connection: Connection, ids: readonly string[]): Promise<TaskLogRecord[]> {
  const rows = await read(connection, (transaction) => transaction.rows<RecordRow>(FIND, { ids }))
  return rows.map(toRecord)
}

/** One page of entries. */
export async function search(connection: Connection, request: TaskLogSearch): Promise<FoundRecord[]> {
  const parameters = searchParameters(request)
  const rows = await read(connection, (transaction) => transaction.rows<RecordRow>(SEARCH, parameters))
  return rows.map(toFoundRecord)
}

/** The parameters of a search. */
export function searchParameters(request: TaskLogSearch): Readonly<Record<string, Fragment | number>> {
  const omit: ReadonlySet<string> = new Set<OptionalColumn>(request.omit)
  const fields = [...COLUMNS.keys()].filter((field) => !omit.has(field))
  const { name } = COLUMNS.get(request.sort) as Column
  const direction = request.direction === 'ascending' ? 'ASC' : 'DESC'
  return {
    columns: new Fragment(selectList(fields)),
    where: new Fragment(where(request.where)),
    isAfter: new Fragment(isAfter(name, request)),
    sort: new Fragment(name === 'id' ? `id ${direction}` : `${name} ${direction}, id ${direction}`),
    limit: request.limit,
    offset: request.offset,
  }
}

/** Not as (sort, id) > (value, id): for a comparison of rows no index is used to begin in its middle. */
function isAfter(name: string, { after, direction }: TaskLogSearch): string {
  if (after === null) return 'TRUE'
  const comes = direction === 'ascending' ? '>' : '<'
  const [value, id] = [literal(after.value), literal(after.id)]
  return `${name} ${comes}= ${value} AND (${name} ${comes} ${value} OR id ${comes} ${id})`
}

/** How many entries match. */
export async function count(connection: Connection, filter: FilterExpression): Promise<number> {
  const parameters = { where: new Fragment(where(filter)) }
  const [row] = await read(connection, (transaction) =>
    transaction.rows<{ count: number }>(COUNT, parameters),
  )
  return row?.count ?? 0
}

/** How many entries match, by status. */
export async function stats(connection: Connection, filter: FilterExpression): Promise<StatusCounts> {
  const parameters = { where: new Fragment(where(filter)) }
  const rows = await read(connection, (transaction) =>
    transaction.rows<{ status: TaskStatus; count: number }>(STATS, parameters),
  )
  const counts = new Map(rows.map((row) => [row.status, row.count]))
  return Object.fromEntries(TASK_STATUSES.map((status) => [status, counts.get(status) ?? 0])) as StatusCounts
}
