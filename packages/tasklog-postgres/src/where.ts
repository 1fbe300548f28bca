import {
  type FilterExpression,
  type FilterOperator,
  type FilterValue,
  isTaskId,
  type TaskLogRecord,
} from '@waybill/core'
import { COLUMNS, type Column } from './columns.ts'
import { toInstant } from './rows.ts'
import type { Parameters } from './transaction.ts'

const SQL_TYPES = {
  text: 'text',
  uuid: 'uuid',
  number: 'float8',
  boolean: 'boolean',
  instant: 'timestamptz',
  json: 'jsonb',
  count: 'bigint',
  path: 'jsonpath',
} as const

type ValueType = keyof typeof SQL_TYPES

/** The values of a statement, each of which becomes a parameter. */
export class Values {
  readonly #parameters: Record<string, unknown> = {}
  #count = 0

  /** What {@link add} was given, by the names it answered. */
  get parameters(): Parameters {
    return this.#parameters
  }

  /** Takes a value, or a list of them; answers the SQL that stands for it. */
  add(value: unknown, type: ValueType): string {
    this.#count += 1
    const name = `value${this.#count}`
    this.#parameters[name] = type === 'instant' && typeof value === 'number' ? toInstant(value) : value
    return `:${name}::${SQL_TYPES[type]}${Array.isArray(value) ? '[]' : ''}`
  }
}

const NEVER = 'false'

/**
 * A filter as a condition in SQL that is true or false, never null, so that NOT is its opposite. Identifiers and
 * operators come from closed maps, everything else is a value.
 */
export function where(filter: FilterExpression, values: Values): string {
  switch (filter.kind) {
    case 'and':
      return join(filter.nodes, 'AND', values) ?? 'true'
    case 'or':
      return join(filter.nodes, 'OR', values) ?? NEVER
    case 'not':
      return not(where(filter.node, values))
    case 'column':
      return compare(columnOperand(filter.column, values), filter.operator, filter.value)
    case 'path':
      return compare(pathOperand(filter.column, filter.path, values), filter.operator, filter.value)
  }
}

/** What a value is compared with: a column, or what a path finds in one. */
interface Operand {
  /** It is null. */
  readonly isNull: string
  /** It is one of the values, of which there is at least one. */
  isOneOf(list: readonly FilterValue[]): string
  /** It stands in this order to the value. */
  isOrdered(operator: OrderOperator, value: string | number): string
  /** It is a text that the pattern covers. */
  isLike(pattern: string): string
}

type OrderOperator = '<' | '<=' | '>' | '>='

function columnOperand(field: keyof TaskLogRecord, values: Values): Operand {
  const { name, type, nullable } = COLUMNS.get(field) as Column
  const known = (condition: string): string =>
    nullable ? `(${condition} AND ${name} IS NOT NULL)` : condition
  const text = type === 'uuid' ? `${name}::text COLLATE "C"` : name
  const isText = type === 'text' || type === 'uuid'
  return {
    isNull: nullable ? `${name} IS NULL` : NEVER,
    isOneOf(list) {
      const fitting = list.flatMap((value) => valuesOf(value, type))
      if (fitting.length === 0) return NEVER
      const [first] = fitting
      return known(
        fitting.length === 1
          ? `${name} = ${values.add(first, type)}`
          : `${name} = ANY (${values.add(fitting, type)})`,
      )
    },
    isOrdered(operator, value) {
      if (typeof value === 'string')
        return isText ? known(`${text} ${operator} ${values.add(value, 'text')}`) : NEVER
      if (type === 'number') return known(`${name} ${operator} ${values.add(value, 'number')}`)
      if (type !== 'instant') return NEVER
      const whole = operator === '<' || operator === '>=' ? Math.ceil(value) : Math.floor(value)
      return known(`${name} ${operator} ${values.add(whole, 'instant')}`)
    },
    isLike: (pattern) => (isText ? known(`${text} ILIKE ${values.add(pattern, 'text')}`) : NEVER),
  }
}

/** The value as a column of the type holds it; nothing where it can hold none like it. */
function valuesOf(value: FilterValue, type: Column['type']): (string | number | boolean)[] {
  switch (type) {
    case 'text':
      return typeof value === 'string' ? [value] : []
    case 'uuid':
      return isTaskId(value) ? [value] : []
    case 'number':
      return typeof value === 'number' ? [value] : []
    case 'instant':
      return Number.isSafeInteger(value) ? [toInstant(value as number)] : []
    case 'boolean':
      return typeof value === 'boolean' ? [value] : []
    case 'json':
      return []
  }
}

function pathOperand(
  field: keyof TaskLogRecord,
  path: readonly (string | number)[],
  values: Values,
): Operand {
  const { name } = COLUMNS.get(field) as Column
  const isPossible = path.every((step) => typeof step === 'string' || (step >= 0 && step <= MAX_INDEX))
  const found = path.reduce<string>((json, step) => memberOf(json, step, values), name)
  const typed = (type: string, condition: string): string =>
    isPossible ? `CASE WHEN jsonb_typeof(${found}) = '${type}' THEN ${condition} ELSE false END` : NEVER
  const text = `(${found} #>> '{}') COLLATE "C"`
  const is = (type: ValueType, json: string, value: string, list: readonly unknown[]): string[] =>
    list.length === 0 ? [] : [typed(json, `${value} = ANY (${values.add(list, type)})`)]
  return {
    isNull: typed('null', 'true'),
    isOneOf(list) {
      const conditions = [
        ...is(
          'text',
          'string',
          text,
          list.filter((value) => typeof value === 'string'),
        ),
        ...is(
          'number',
          'number',
          `${found}::float8`,
          list.filter((value) => typeof value === 'number'),
        ),
        ...is(
          'boolean',
          'boolean',
          `${found}::boolean`,
          list.filter((value) => typeof value === 'boolean'),
        ),
      ]
      return conditions.length === 0 ? NEVER : `(${conditions.join(' OR ')})`
    },
    isOrdered: (operator, value) =>
      typeof value === 'string'
        ? typed('string', `${text} ${operator} ${values.add(value, 'text')}`)
        : typed('number', `${found}::float8 ${operator} ${values.add(value, 'number')}`),
    isLike: (pattern) => typed('string', `${text} ILIKE ${values.add(pattern, 'text')}`),
  }
}

/**
 * What a step of a path finds; null if nothing. `->` with a text finds in objects only, but with a number also in what is
 * no array: the value itself. In its strict mode a JSON path makes an error of that, which is silenced here.
 */
function memberOf(json: string, step: string | number, values: Values): string {
  return typeof step === 'string'
    ? `(${json} -> ${values.add(step, 'text')})`
    : `jsonb_path_query_first(${json}, ${values.add(`strict $[${step}]`, 'path')}, '{}', true)`
}

const MAX_INDEX = 2_147_483_647

const ORDER_OPERATORS: ReadonlyMap<FilterOperator, OrderOperator> = new Map([
  ['lt', '<'],
  ['lte', '<='],
  ['gt', '>'],
  ['gte', '>='],
])

function compare(
  operand: Operand,
  operator: FilterOperator,
  value: FilterValue | readonly FilterValue[],
): string {
  const list = Array.isArray(value) ? (value as readonly FilterValue[]) : [value as FilterValue]
  switch (operator) {
    case 'eq':
    case 'in':
      return isOneOf(operand, list)
    case 'neq':
    case 'notIn':
      return not(isOneOf(operand, list))
    case 'like':
      return isLike(operand, list[0])
    case 'notLike':
      return not(isLike(operand, list[0]))
    default:
      return isOrdered(operand, ORDER_OPERATORS.get(operator) as OrderOperator, list[0])
  }
}

function isOneOf(operand: Operand, list: readonly FilterValue[]): string {
  const condition = operand.isOneOf(list.filter((value) => value !== null))
  return list.includes(null) ? `(${operand.isNull} OR ${condition})` : condition
}

function isOrdered(operand: Operand, operator: OrderOperator, value: FilterValue | undefined): string {
  if (typeof value !== 'string' && (typeof value !== 'number' || Number.isNaN(value))) return NEVER
  return operand.isOrdered(operator, value)
}

/** ILIKE folds what the collation folds, and "C" folds ASCII letters only, as the contract asks. */
function isLike(operand: Operand, pattern: FilterValue | undefined): string {
  return typeof pattern === 'string' ? operand.isLike(finished(pattern)) : NEVER
}

/** A last backslash that makes nothing literal stands for itself; PostgreSQL would refuse it. */
function finished(pattern: string): string {
  const backslashes = pattern.length - pattern.replace(/\\+$/, '').length
  return backslashes % 2 === 1 ? `${pattern}\\` : pattern
}

function not(condition: string): string {
  return `NOT (${condition})`
}

function join(
  nodes: readonly FilterExpression[],
  operator: 'AND' | 'OR',
  values: Values,
): string | undefined {
  if (nodes.length === 0) return undefined
  return `(${nodes.map((node) => where(node, values)).join(` ${operator} `)})`
}
