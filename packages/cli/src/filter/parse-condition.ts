import {
  COLUMN_KINDS,
  FILTER_COLUMNS,
  type FilterColumn,
  type FilterOperator,
  type FilterValue,
  InvalidInputError,
  PATH_COLUMNS,
  TaskLogFilter,
} from '@waybill/core'
import { nearest } from '../errors/nearest.ts'
import { parseWhen } from './parse-when.ts'

const OPERATORS: Readonly<Record<string, FilterOperator>> = {
  '=': 'eq',
  '!=': 'neq',
  '<': 'lt',
  '<=': 'lte',
  '>': 'gt',
  '>=': 'gte',
  '~': 'like',
  '!~': 'notLike',
}

/**
 * A condition as it is written after `--where`: `parameters.orderId=42`, `attempt>1`, `label~order*`.
 *
 * A value is JSON where it is some (`42`, `true`, `null`, `"42"`), else a text. `~` compares with a pattern in which `*`
 * stands for anything.
 *
 * @throws InvalidInputError
 */
export function parseCondition(condition: string, now: number): TaskLogFilter {
  const match = /^\s*([A-Za-z][^=!<>~\s]*)\s*(<=|>=|!=|!~|[=<>~])\s*(.*)$/s.exec(condition)
  if (match === null) {
    const expected = "expected a condition such as 'parameters.orderId=42'"
    throw new InvalidInputError('--where', `${expected}, got ${JSON.stringify(condition.slice(0, 60))}`)
  }
  const [, target, sign, text] = match as unknown as [string, string, string, string]
  const operator = OPERATORS[sign] as FilterOperator
  const isPattern = operator === 'like' || operator === 'notLike'
  if (isPath(target)) {
    return new TaskLogFilter().path(target, operator, isPattern ? toPattern(text) : jsonValue(text))
  }
  const column = columnOf(target)
  const value = isPattern ? toPattern(text) : columnValue(column, text, now)
  const where = { kind: 'column', column, operator, value } as const
  return TaskLogFilter.fromJSON({ where })
}

/** A pattern of the log from one in which `*` stands for anything. */
export function toPattern(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%')
}

function isPath(target: string): boolean {
  return PATH_COLUMNS.some((column) => target.startsWith(`${column}.`) || target.startsWith(`${column}[`))
}

function columnOf(target: string): FilterColumn {
  const column = FILTER_COLUMNS.find((candidate) => candidate === target)
  if (column !== undefined) return column
  const near = nearest(target, [...FILTER_COLUMNS, ...PATH_COLUMNS])
  const hint = near === undefined ? `expected parameters.…, metadata.… or a column` : `did you mean ${near}?`
  throw new InvalidInputError('--where', `there is no column ${JSON.stringify(target)}; ${hint}`)
}

function columnValue(column: FilterColumn, text: string, now: number): FilterValue {
  const { type, nullable } = COLUMN_KINDS[column]
  if (nullable && text === 'null') return null
  if (type === 'instant') return parseWhen(text, now, `--where ${column}`).getTime()
  return type === 'integer' || type === 'boolean' ? jsonValue(text) : text
}

function jsonValue(text: string): FilterValue {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return value as FilterValue
  } catch {
    // No JSON: a text without quotes.
  }
  return text
}
