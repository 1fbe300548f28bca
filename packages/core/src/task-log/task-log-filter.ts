import { InvalidInputError } from '../errors/errors.ts'
import type { TaskStatus } from '../task/status.ts'
import { checkKey } from '../validation/names.ts'
import { checkInteger } from '../validation/numbers.ts'
import { checkObject } from '../validation/objects.ts'
import { checkOneOf } from '../validation/one-of.ts'
import { show } from '../validation/show.ts'
import { checkColumn, checkFilter, checkPath } from './check-filter.ts'
import type { ColumnValue } from './column-kinds.ts'
import { decodeCursor, type SortDirection } from './cursor.ts'
import {
  type FilterColumn,
  type FilterExpression,
  type FilterOperator,
  type FilterValue,
  SORT_COLUMNS,
  type SortColumn,
} from './filter-expression.ts'
import { splitPath } from './split-path.ts'
import type { TaskLogSearch } from './task-log-broker.ts'
import { OPTIONAL_COLUMNS, type OptionalColumn } from './task-log-record.ts'

/** The user whose filters are not limited to one owner: the operator at the command line. */
export const SUPER_USER = 'cli-user'

/** Entries on a page where nothing else is said. */
export const DEFAULT_PAGE_SIZE = 20
/** Entries on a page at most. */
export const MAX_PAGE_SIZE = 1_000
const MAX_OFFSET = 2_147_483_647

/** A filter as plain data, for a request, a file or a log. */
export interface TaskLogFilterJson {
  readonly where: FilterExpression
  readonly sort: SortColumn
  readonly direction: SortDirection
  readonly limit: number
  readonly offset: number
  /** The cursor to go on from; null for the beginning. */
  readonly after: string | null
  /** Columns that are left out. */
  readonly omit: readonly OptionalColumn[]
}

/** What a user's lists show beside what is open or done. */
export interface AvailableOptions {
  /** Archived ones too. Default false. */
  readonly archivedAllowed?: boolean
  /** Cancelled ones too. Default false. */
  readonly cancelledAvailable?: boolean
}

const ALL: TaskLogFilterJson = {
  where: { kind: 'and', nodes: [] },
  sort: 'createdAt',
  direction: 'descending',
  limit: DEFAULT_PAGE_SIZE,
  offset: 0,
  after: null,
  omit: [],
}

/**
 * Which entries of the log, in which order, which page: an immutable builder, each call answers a new filter.
 * Conditions that follow each other must all hold. A new filter matches all entries, the newest first, 20 to a page.
 * Every call throws InvalidInputError for a column, operator or value that is not of the closed sets.
 */
export class TaskLogFilter {
  #state: TaskLogFilterJson = ALL

  /** Entries that match at least one of the filters. */
  static anyOf(...filters: readonly TaskLogFilter[]): TaskLogFilter {
    return new TaskLogFilter().#narrow({ kind: 'or', nodes: filters.map((filter) => filter.where) })
  }

  /**
   * A filter from what `toJSON` made, checked as strictly as if it came from a stranger. What is absent is as in a
   * new filter.
   * @throws InvalidInputError naming what is wrong
   */
  static fromJSON(value: unknown): TaskLogFilter {
    for (const key of Object.keys(checkObject(value, 'filter'))) checkOneOf(key, 'filter', Object.keys(ALL))
    const json = { ...ALL, ...(value as object) } as Readonly<Record<keyof TaskLogFilterJson, unknown>>
    const omit = Array.isArray(json.omit) ? (json.omit as OptionalColumn[]) : [json.omit as OptionalColumn]
    const filter = new TaskLogFilter()
      .#where(json.where as FilterExpression)
      .sortBy(json.sort as SortColumn, json.direction as SortDirection)
      .limit(json.limit as number)
      .offset(json.offset as number)
      .deselect(...omit)
    return json.after === null ? filter : filter.after(json.after as string)
  }

  /** The conditions. */
  get where(): FilterExpression {
    return this.#state.where
  }

  /** The column equals the value. */
  eq<Column extends FilterColumn>(column: Column, value: ColumnValue<Column>): TaskLogFilter {
    return this.#column(column, 'eq', value)
  }

  /** The column differs from the value. */
  neq<Column extends FilterColumn>(column: Column, value: ColumnValue<Column>): TaskLogFilter {
    return this.#column(column, 'neq', value)
  }

  /** The column is less than the value. */
  lt<Column extends FilterColumn>(column: Column, value: ColumnValue<Column>): TaskLogFilter {
    return this.#column(column, 'lt', value)
  }

  /** The column is less than the value, or equals it. */
  lte<Column extends FilterColumn>(column: Column, value: ColumnValue<Column>): TaskLogFilter {
    return this.#column(column, 'lte', value)
  }

  /** The column is greater than the value. */
  gt<Column extends FilterColumn>(column: Column, value: ColumnValue<Column>): TaskLogFilter {
    return this.#column(column, 'gt', value)
  }

  /** The column is greater than the value, or equals it. */
  gte<Column extends FilterColumn>(column: Column, value: ColumnValue<Column>): TaskLogFilter {
    return this.#column(column, 'gte', value)
  }

  /** The text matches the pattern: `%` any run, `_` any one character, `\` makes the next one literal. */
  like(column: FilterColumn, pattern: string): TaskLogFilter {
    return this.#column(column, 'like', pattern)
  }

  /** The text does not match the pattern. */
  notLike(column: FilterColumn, pattern: string): TaskLogFilter {
    return this.#column(column, 'notLike', pattern)
  }

  /** The column equals one of the values; of none, nothing matches. */
  in<Column extends FilterColumn>(column: Column, values: readonly ColumnValue<Column>[]): TaskLogFilter {
    return this.#column(column, 'in', values)
  }

  /** The column equals none of the values. */
  notIn<Column extends FilterColumn>(column: Column, values: readonly ColumnValue<Column>[]): TaskLogFilter {
    return this.#column(column, 'notIn', values)
  }

  /**
   * A member of the parameters or the metadata: `path('parameters.items[0].sku', 'eq', 'A1')`, or the steps as a
   * list where a name has a dot in it.
   */
  path(
    path: string | readonly (string | number)[],
    operator: FilterOperator,
    value: FilterValue | readonly FilterValue[],
  ): TaskLogFilter {
    return this.#narrow(
      checkPath(typeof path === 'string' ? splitPath(path) : path, operator, value, 'filter'),
    )
  }

  /** Entries that match this filter and all of the others. */
  and(...filters: readonly TaskLogFilter[]): TaskLogFilter {
    return filters.reduce<TaskLogFilter>((all, filter) => all.#narrow(filter.where), this)
  }

  /** Entries that match this filter or one of the others. */
  or(...filters: readonly TaskLogFilter[]): TaskLogFilter {
    return this.#where({ kind: 'or', nodes: [this.where, ...filters.map((filter) => filter.where)] })
  }

  /** Entries that do not match this filter. */
  not(): TaskLogFilter {
    return this.#where({ kind: 'not', node: this.where })
  }

  /** Sorts by a column that is never null; equal ones by id. */
  sortBy(column: SortColumn, direction: SortDirection = 'ascending'): TaskLogFilter {
    return this.#with({
      sort: checkOneOf(column, 'filter.sort', SORT_COLUMNS),
      direction: checkOneOf(direction, 'filter.direction', ['ascending', 'descending']),
    })
  }

  /** At most this many entries, up to 1,000; below 0 is 0. */
  limit(limit: number): TaskLogFilter {
    return this.#with({ limit: Math.max(0, checkInteger(limit, 'filter.limit', -MAX_OFFSET, MAX_PAGE_SIZE)) })
  }

  /** Leaves out the first entries; below 0 is 0. A cursor is cheaper far down the list. */
  offset(offset: number): TaskLogFilter {
    return this.#with({ offset: Math.max(0, checkInteger(offset, 'filter.offset', -MAX_OFFSET, MAX_OFFSET)) })
  }

  /** Goes on where a page ended: its `nextCursor`, for the same order. */
  after(cursor: string): TaskLogFilter {
    decodeCursor(this.#state, cursor)
    return this.#with({ after: cursor })
  }

  /** Leaves out columns that need not be read; the others cannot be left out. */
  deselect(...columns: readonly OptionalColumn[]): TaskLogFilter {
    const omit = columns.map((column) => checkOneOf(column, 'filter.omit', OPTIONAL_COLUMNS))
    return this.#with({ omit: [...new Set([...this.#state.omit, ...omit])] })
  }

  /** What a user's lists show: theirs (all owners' for the super user), neither archived nor cancelled. */
  addAvailableFilters(user: string, options: AvailableOptions = {}): TaskLogFilter {
    const hidden: TaskStatus[] = []
    if (options.archivedAllowed !== true) hidden.push('archived')
    if (options.cancelledAvailable !== true) hidden.push('cancelled')
    return this.notIn('status', hidden).#ownedBy(user)
  }

  /** What a user may archive: completed or failed. */
  availableForArchived(user: string): TaskLogFilter {
    return this.in('status', ['completed', 'failed']).#ownedBy(user)
  }

  /** What a user may cancel without asking a worker: enqueued. */
  availableForCancelled(user: string): TaskLogFilter {
    return this.eq('status', 'enqueued').#ownedBy(user)
  }

  /** The filter as plain data. */
  toJSON(): TaskLogFilterJson {
    return this.#state
  }

  /** The search an adapter is asked for. */
  toSearch(): TaskLogSearch {
    const { where, sort, direction, limit, offset, after, omit } = this.#state
    return {
      where,
      sort,
      direction,
      limit,
      offset: after === null ? offset : 0,
      after: after === null ? null : decodeCursor(this.#state, after),
      omit: omit.filter((column) => column !== sort),
    }
  }

  #ownedBy(user: string): TaskLogFilter {
    return checkKey(user, 'user') === SUPER_USER ? this : this.eq('owner', user)
  }

  #column(column: FilterColumn, operator: FilterOperator, value: unknown): TaskLogFilter {
    return this.#narrow(checkColumn(column, operator, value, 'filter'))
  }

  #narrow(condition: FilterExpression): TaskLogFilter {
    const { where } = this.#state
    const nodes = where.kind === 'and' ? where.nodes : [where]
    const more = condition.kind === 'and' ? condition.nodes : [condition]
    return this.#where({ kind: 'and', nodes: [...nodes, ...more] })
  }

  #where(where: FilterExpression): TaskLogFilter {
    return this.#with({ where: checkFilter(where, 'filter.where') })
  }

  #with(change: Partial<TaskLogFilterJson>): TaskLogFilter {
    const filter = new TaskLogFilter()
    filter.#state = Object.freeze({ ...this.#state, ...change })
    return filter
  }
}

/**
 * The filter.
 * @throws InvalidInputError when it is none
 */
export function asFilter(filter: TaskLogFilter): TaskLogFilter {
  if (filter instanceof TaskLogFilter) return filter
  throw new InvalidInputError('filter', `expected a TaskLogFilter, got ${show(filter)}`)
}
