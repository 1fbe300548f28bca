import { checkInteger } from '../validation/numbers.ts'
import { checkObject } from '../validation/objects.ts'
import { checkOneOf } from '../validation/one-of.ts'
import { COLUMN_KINDS } from './column-kinds.ts'
import { FILTER_COLUMNS, type FilterColumn, type FilterValue, type SortColumn } from './filter-expression.ts'
import type { TaskLogCollection } from './task-log-collection.ts'
import type { TaskLogEntity, TaskLogEntityJson } from './task-log-entity.ts'
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, type TaskLogFilter } from './task-log-filter.ts'

/** What a data table asks for; numbers may come as text, as in a query string. */
export interface DataTableRequest {
  /** The page, from 1. Default 1. */
  readonly page?: number | string
  /** Rows on a page, up to 1,000. Default 20. */
  readonly rows?: number | string
  /** The column to sort by. Default `createdAt`, the newest first. */
  readonly sortBy?: SortColumn | (string & {})
  /** Default `asc` where `sortBy` is given. */
  readonly sortOrder?: 'asc' | 'desc' | (string & {})
  /** By column: a list means one of these, a value means equal to it, an empty one is ignored. */
  readonly filters?: Readonly<Record<string, unknown>>
}

/** One page of a data table. */
export interface DataTablePayload<Row = TaskLogEntityJson> {
  /** Rows on a page. */
  readonly rows: number
  /** The page, from 1. */
  readonly page: number
  /** Rows on this page. */
  readonly amount: number
  /** Pages in all. */
  readonly total: number
  readonly data: readonly Row[]
}

/** Makes more, or other, members of a row. */
export type RowCustomiser<More extends object> = (row: TaskLogEntityJson, entity: TaskLogEntity) => More

/**
 * The filter of a data table request, on top of a filter of the caller's.
 * @throws InvalidInputError naming what is wrong in the request
 */
export function dataTableFilter(filter: TaskLogFilter, request: DataTableRequest): TaskLogFilter {
  const { sortBy, sortOrder = 'asc', filters = {} } = checkObject(request, 'request')
  const rows = checkInteger(number(request.rows ?? DEFAULT_PAGE_SIZE), 'rows', 1, MAX_PAGE_SIZE)
  const page = checkInteger(number(request.page ?? 1), 'page', 1, 1_000_000)
  const order = checkOneOf(sortOrder, 'sortOrder', ['asc', 'desc']) === 'asc' ? 'ascending' : 'descending'
  let result = filter.limit(rows).offset((page - 1) * rows)
  if (sortBy !== undefined) result = result.sortBy(sortBy as SortColumn, order)
  for (const [key, value] of Object.entries(checkObject(filters, 'filters'))) {
    const column = checkOneOf(key, 'filters', FILTER_COLUMNS)
    const values = (Array.isArray(value) ? value : [value]).filter((each) => each !== '' && each != null)
    if (values.length === 0) continue
    result = result.in(column, values.map((each) => typed(column, each)) as never)
  }
  return result
}

/** One page of a data table, each row as it is or as the customiser changes it. */
export function dataTablePayload<More extends object>(
  filter: TaskLogFilter,
  page: TaskLogCollection,
  count: number,
  customise: RowCustomiser<More> | undefined,
): DataTablePayload<TaskLogEntityJson & More> {
  const { limit, offset } = filter.toJSON()
  const data = page.items.map((entity) => {
    const row = entity.toJSON()
    return { ...row, ...customise?.(row, entity) } as TaskLogEntityJson & More
  })
  return { rows: limit, page: offset / limit + 1, amount: data.length, total: Math.ceil(count / limit), data }
}

/** Query strings have only text: what the column is decides what a text means. */
function typed(column: FilterColumn, value: unknown): FilterValue {
  const { type } = COLUMN_KINDS[column]
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true'
  return (type === 'integer' || type === 'instant' ? number(value) : value) as FilterValue
}

function number(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value
}
