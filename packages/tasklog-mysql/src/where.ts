import type { FilterExpression, FilterOperator, FilterValue, TaskLogRecord } from '@waybill/core'
import { COLUMNS, type Column } from './columns.ts'
import { bytes, literal } from './literals.ts'

/** A condition as SQL, its values in it. It is true or false, never null, so that NOT is its opposite. */
export type Condition = string

const NEVER: Condition = 'FALSE'
const ALWAYS: Condition = 'TRUE'

/** A filter as SQL. Identifiers and operators come from closed maps, everything else is a literal. */
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
  /**
   * A condition on the value, as SQL, when it is of the type. False for any other type and for null. `spell` writes what
   * it is compared with.
   */
  typed(
    type: Column['type'],
    test: (value: string, spell: (operand: string | number) => string) => Condition,
  ): Condition
  /** It is null. */
  readonly isNull: Condition
}

function columnOperand(field: keyof TaskLogRecord): Operand {
  const { name, type, nullable } = COLUMNS.get(field) as Column
  return {
    isNull: nullable ? `${name} IS NULL` : NEVER,
    typed(wanted, test) {
      if (type !== wanted) return NEVER
      const condition = test(name, literal)
      return nullable ? `(${condition} AND ${name} IS NOT NULL)` : condition
    },
  }
}

const JSON_TYPES: ReadonlyMap<Column['type'], string> = new Map([
  ['text', `'STRING'`],
  ['number', `'INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL'`],
  ['boolean', `'BOOLEAN'`],
])

/**
 * What is no JSON, or is nested deeper than the server looks (MySQL 100, MariaDB 31), has nothing at any path. Numbers
 * are compared as JavaScript would, as doubles; texts by their bytes, since what a path finds has a collation that pads.
 */
function pathOperand(field: keyof TaskLogRecord, path: readonly (string | number)[]): Operand {
  const { name } = COLUMNS.get(field) as Column
  const found = `JSON_EXTRACT(${name}, ${literal(jsonPath(path))})`
  const isThere = [`JSON_VALID(${name})`, ...arraysOnTheWay(name, path)].join(' AND ')
  const values: ReadonlyMap<Column['type'], string> = new Map([
    ['text', `CAST(JSON_UNQUOTE(${found}) AS BINARY)`],
    ['number', `(JSON_UNQUOTE(${found}) + 0E0)`],
    ['boolean', `(JSON_UNQUOTE(${found}) = 'true')`],
  ])
  return {
    isNull: `CASE WHEN ${isThere} THEN COALESCE(JSON_TYPE(${found}) = 'NULL', FALSE) ELSE FALSE END`,
    typed(wanted, test) {
      const condition = test(values.get(wanted) as string, exactly)
      return `CASE WHEN NOT (${isThere}) THEN FALSE WHEN JSON_TYPE(${found}) IN (${JSON_TYPES.get(wanted)}) THEN ${condition} ELSE FALSE END`
    },
  }
}

/** To a server [0] of what is no array is the thing itself. */
function arraysOnTheWay(name: string, path: readonly (string | number)[]): string[] {
  return path.flatMap((step, index) => {
    if (typeof step !== 'number') return []
    return `COALESCE(JSON_TYPE(JSON_EXTRACT(${name}, ${literal(jsonPath(path.slice(0, index)))})) = 'ARRAY', FALSE)`
  })
}

/** A path as JSON functions read it: names quoted, indexes in brackets. */
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
  if (values.length === 0) return []
  return [
    operand.typed(type, (own, spell) =>
      values.length === 1
        ? `${own} = ${spell(values[0] as string)}`
        : `${own} IN (${values.map(spell).join(', ')})`,
    ),
  ]
}

function isOrdered(operand: Operand, operator: string, value: FilterValue | undefined): Condition {
  if (typeof value !== 'string' && (typeof value !== 'number' || Number.isNaN(value))) return NEVER
  return operand.typed(
    typeof value === 'string' ? 'text' : 'number',
    (own, spell) => `${own} ${operator} ${spell(value)}`,
  )
}

/** LOWER folds the case of all letters. The escape character is named: what it is unless named depends on sql_mode. */
function isLike(operand: Operand, pattern: FilterValue | undefined): Condition {
  if (typeof pattern !== 'string') return NEVER
  return operand.typed('text', (value) => {
    const text = `CONVERT(${value} USING utf8mb4) COLLATE utf8mb4_bin`
    return `LOWER(${text}) LIKE LOWER(CONVERT(${literal(bytes(likePattern(pattern)))} USING utf8mb4)) ESCAPE '|'`
  })
}

/** The pattern with `|` in place of the backslash. A last backslash that makes nothing literal stands for itself. */
function likePattern(pattern: string): string {
  return pattern.replace(/\\([\s\S])|\|/gu, (_, literally: string | undefined) => {
    if (literally === undefined) return '||'
    return /[%_|]/.test(literally) ? `|${literally}` : literally
  })
}

/** A text as its bytes, a number as a double. */
function exactly(operand: string | number): string {
  if (typeof operand === 'string') return literal(bytes(operand))
  const text = literal(operand)
  return text.includes('e') ? text : `${text}E0`
}

function not(condition: Condition): Condition {
  return `NOT (${condition})`
}

/** As a balanced tree: a chain as long as a filter can be would be as deep for the parser. */
function join(conditions: readonly Condition[], operator: 'AND' | 'OR'): Condition | undefined {
  if (conditions.length < 2) return conditions[0]
  const middle = conditions.length >> 1
  return `(${join(conditions.slice(0, middle), operator)} ${operator} ${join(conditions.slice(middle), operator)})`
}
