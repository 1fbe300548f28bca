import type { FilterExpression, FilterOperator, FilterValue, TaskLogRecord } from '@waybill/core'
import { COLUMNS, type Column } from './columns.ts'

/** A condition, and the values of its question marks in order. It is 0 or 1, never null, so that NOT is its opposite. */
export interface Condition {
  readonly sql: string
  readonly values: readonly (string | number)[]
}

const NEVER: Condition = { sql: '0', values: [] }
const ALWAYS: Condition = { sql: '1', values: [] }

/** A filter as SQL. Identifiers and operators come from closed maps, everything else is a value. */
export function where(filter: FilterExpression): Condition {
  switch (filter.kind) {
    case 'and':
      return join(filter.nodes.map(where), 'AND') ?? ALWAYS
    case 'or':
      return join(filter.nodes.map(where), 'OR') ?? NEVER
    case 'not':
      return not(where(filter.node))
    case 'column':
      return compare(columnOperand(filter.column), filter.operator, filter.value)
    case 'path':
      return compare(pathOperand(filter.column, filter.path), filter.operator, filter.value)
  }
}

/** What a value is compared with: a column, or what a path finds in one. */
interface Operand {
  /** A condition on the value, as SQL, when it is of the type. False for any other type and for null. */
  typed(type: Column['type'], test: (value: Condition) => Condition): Condition
  /** It is null. */
  readonly isNull: Condition
}

function columnOperand(field: keyof TaskLogRecord): Operand {
  const { name, type, nullable } = COLUMNS.get(field) as Column
  return {
    isNull: nullable ? { sql: `${name} IS NULL`, values: [] } : NEVER,
    typed(wanted, test) {
      if (type !== wanted) return NEVER
      const condition = test({ sql: name, values: [] })
      return nullable ? { ...condition, sql: `(${condition.sql} AND ${name} IS NOT NULL)` } : condition
    },
  }
}

const JSON_TYPES: ReadonlyMap<Column['type'], string> = new Map([
  ['text', `'text'`],
  ['number', `'integer', 'real'`],
  ['boolean', `'true', 'false'`],
])

/** Numbers are compared as JavaScript would: as doubles, also those that SQLite would keep as larger integers. */
function pathOperand(field: keyof TaskLogRecord, path: readonly (string | number)[]): Operand {
  const { name } = COLUMNS.get(field) as Column
  const at = jsonPath(path)
  const found: Condition = { sql: `json_extract(${name}, ?)`, values: [at] }
  return {
    isNull: { sql: `json_type(${name}, ?) IS 'null'`, values: [at] },
    typed(wanted, test) {
      const value = wanted === 'number' ? { ...found, sql: `CAST(${found.sql} AS REAL)` } : found
      const condition = test(value)
      return {
        sql: `CASE WHEN json_type(${name}, ?) IN (${JSON_TYPES.get(wanted)}) THEN ${condition.sql} ELSE 0 END`,
        values: [at, ...condition.values],
      }
    },
  }
}

/** A path as SQLite reads it (https://www.sqlite.org/json1.html#path_arguments): names quoted, indexes in brackets. */
function jsonPath(path: readonly (string | number)[]): string {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${JSON.stringify(step)}`))
  return `$${steps.join('')}`
}

const ORDER_OPERATORS: ReadonlyMap<FilterOperator, string> = new Map([
  ['lt', '<'],
  ['lte', '<='],
  ['gt', '>'],
  ['gte', '>='],
])

function compare(
  operand: Operand,
  operator: FilterOperator,
  value: FilterValue | readonly FilterValue[],
): Condition {
  const values = Array.isArray(value) ? (value as readonly FilterValue[]) : [value as FilterValue]
  switch (operator) {
    case 'eq':
    case 'in':
      return isOneOf(operand, values)
    case 'neq':
    case 'notIn':
      return not(isOneOf(operand, values))
    case 'like':
      return isLike(operand, values[0])
    case 'notLike':
      return not(isLike(operand, values[0]))
    default:
      return isOrdered(operand, ORDER_OPERATORS.get(operator) as string, values[0])
  }
}

function isOneOf(operand: Operand, values: readonly FilterValue[]): Condition {
  const texts = values.filter((value) => typeof value === 'string')
  const numbers = values.filter((value) => Number.isFinite(value)) as number[]
  const booleans = values.filter((value) => typeof value === 'boolean').map(Number)
  const conditions = [
    ...(values.includes(null) ? [operand.isNull] : []),
    ...equalsOneOf(operand, 'text', texts),
    ...equalsOneOf(operand, 'number', numbers),
    ...equalsOneOf(operand, 'boolean', booleans),
  ]
  return (
    join(
      conditions.filter((condition) => condition !== NEVER),
      'OR',
    ) ?? NEVER
  )
}

function equalsOneOf(
  operand: Operand,
  type: Column['type'],
  values: readonly (string | number)[],
): Condition[] {
  const [first] = values
  if (first === undefined) return []
  const list =
    values.length === 1
      ? { sql: '= ?', value: first }
      : { sql: type === 'number' ? IN_NUMBERS : IN_LIST, value: JSON.stringify(values) }
  return [
    operand.typed(type, ({ sql, values: own }) => ({
      sql: `${sql} ${list.sql}`,
      values: [...own, list.value],
    })),
  ]
}

/** One parameter, however long the list: the number of parameters of a statement is bounded. */
const IN_LIST = 'IN (SELECT value FROM json_each(?))'
const IN_NUMBERS = 'IN (SELECT CAST(value AS REAL) FROM json_each(?))'

function isOrdered(operand: Operand, operator: string, value: FilterValue | undefined): Condition {
  if (typeof value !== 'string' && (typeof value !== 'number' || Number.isNaN(value))) return NEVER
  return operand.typed(typeof value === 'string' ? 'text' : 'number', ({ sql, values }) => ({
    sql: `${sql} ${operator} ?`,
    values: [...values, value],
  }))
}

/** LIKE folds the case of ASCII letters only (https://www.sqlite.org/lang_expr.html#like), as the contract asks. */
function isLike(operand: Operand, pattern: FilterValue | undefined): Condition {
  if (typeof pattern !== 'string') return NEVER
  return operand.typed('text', ({ sql, values }) => ({
    sql: `${sql} LIKE ? ESCAPE '\\'`,
    values: [...values, finished(pattern)],
  }))
}

/** A last backslash that makes nothing literal stands for itself; SQLite would match nothing. */
function finished(pattern: string): string {
  const backslashes = pattern.length - pattern.replace(/\\+$/, '').length
  return backslashes % 2 === 1 ? `${pattern}\\` : pattern
}

function not({ sql, values }: Condition): Condition {
  return { sql: `NOT (${sql})`, values }
}

/** As a balanced tree: SQLite bounds the depth of an expression (https://www.sqlite.org/limits.html). */
function join(conditions: readonly Condition[], operator: 'AND' | 'OR'): Condition | undefined {
  if (conditions.length < 2) return conditions[0]
  const middle = conditions.length >> 1
  const left = join(conditions.slice(0, middle), operator) as Condition
  const right = join(conditions.slice(middle), operator) as Condition
  return { sql: `(${left.sql} ${operator} ${right.sql})`, values: [...left.values, ...right.values] }
}
