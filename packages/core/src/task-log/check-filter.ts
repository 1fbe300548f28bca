import { InvalidInputError } from '../errors/errors.ts'
import { isTaskId } from '../identity/id.ts'
import { checkInstant } from '../validation/instants.ts'
import { checkList } from '../validation/lists.ts'
import { checkInteger } from '../validation/numbers.ts'
import { checkOneOf } from '../validation/one-of.ts'
import { show } from '../validation/show.ts'
import { checkText } from '../validation/texts.ts'
import { COLUMN_KINDS } from './column-kinds.ts'
import {
  FILTER_COLUMNS,
  FILTER_OPERATORS,
  type FilterColumn,
  type FilterExpression,
  type FilterOperator,
  type FilterValue,
  PATH_COLUMNS,
} from './filter-expression.ts'

/** A filter has at most so many conditions, `and`, `or` and `not` included. */
export const MAX_FILTER_NODES = 200
/** A filter nests at most so deep. */
export const MAX_FILTER_DEPTH = 20
/** `in` and `notIn` take at most so many values. */
export const MAX_FILTER_LIST = 1_000
const MAX_PATH_STEPS = 16
const MAX_TEXT_LENGTH = 4_096
const INT32 = 2_147_483_647

type Operand = FilterValue | readonly FilterValue[]
type Comparison = Extract<FilterExpression, { readonly kind: 'column' | 'path' }>

/**
 * Checks a filter, whoever made it: closed columns and operators, values of the column's type, bounded size.
 * @throws InvalidInputError naming the node that is wrong
 */
export function checkFilter(
  value: unknown,
  path: string,
  budget: { left: number } = { left: MAX_FILTER_NODES },
  depth = 0,
): FilterExpression {
  budget.left -= 1
  if (budget.left < 0)
    throw new InvalidInputError(path, `a filter has at most ${MAX_FILTER_NODES} conditions`)
  if (depth === MAX_FILTER_DEPTH) throw new InvalidInputError(path, `deeper than ${MAX_FILTER_DEPTH} levels`)
  const node = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>
  const kind = checkOneOf(node['kind'], `${path}.kind`, ['and', 'or', 'not', 'column', 'path'])
  switch (kind) {
    case 'and':
    case 'or': {
      const nodes = checkList(node['nodes'], `${path}.nodes`, MAX_FILTER_NODES)
      return {
        kind,
        nodes: nodes.map((each, at) => checkFilter(each, `${path}.nodes[${at}]`, budget, depth + 1)),
      }
    }
    case 'not':
      return { kind, node: checkFilter(node['node'], `${path}.node`, budget, depth + 1) }
    case 'column':
      return checkColumn(node['column'], node['operator'], node['value'], path)
    case 'path':
      return checkPath(
        [node['column'], ...checkList(node['path'], `${path}.path`, MAX_PATH_STEPS)],
        node['operator'],
        node['value'],
        path,
      )
  }
}

/** Checks the comparison of a column. */
export function checkColumn(
  column: unknown,
  operator: unknown,
  value: unknown,
  path: string,
): FilterExpression {
  const checked = checkOneOf(column, `${path}.column`, FILTER_COLUMNS)
  const by = checkOneOf(operator, `${path}.operator`, FILTER_OPERATORS)
  const operand = checkOperand(by, value, `${path}.${checked}`, (each, at) =>
    checkColumnValue(checked, by, each, at),
  )
  return simplest({ kind: 'column', column: checked, operator: by, value: operand })
}

/** Checks the comparison of a member of a JSON column; the first step is the column. */
export function checkPath(
  steps: readonly unknown[],
  operator: unknown,
  value: unknown,
  path: string,
): FilterExpression {
  const column = checkOneOf(steps[0], `${path}.path`, PATH_COLUMNS)
  const by = checkOneOf(operator, `${path}.operator`, FILTER_OPERATORS)
  if (steps.length < 2 || steps.length > MAX_PATH_STEPS) {
    throw new InvalidInputError(`${path}.path`, `expected a column and up to ${MAX_PATH_STEPS - 1} steps`)
  }
  const inside = steps
    .slice(1)
    .map((step) =>
      typeof step === 'number'
        ? checkInteger(step, `${path}.path`, 0, INT32)
        : checkText(step, `${path}.path`, 190),
    )
  const operand = checkOperand(by, value, `${path}.value`, (each, at) => checkPathValue(by, each, at))
  return simplest({ kind: 'path', column, path: inside, operator: by, value: operand })
}

/** No database needs to know an empty list. */
function simplest(node: Comparison): FilterExpression {
  if (!Array.isArray(node.value) || node.value.length > 0) return node
  return { kind: node.operator === 'in' ? 'or' : 'and', nodes: [] }
}

function checkOperand(
  operator: FilterOperator,
  value: unknown,
  path: string,
  check: (value: unknown, path: string) => FilterValue,
): Operand {
  if (operator !== 'in' && operator !== 'notIn') return check(value, path)
  return checkList(value, path, MAX_FILTER_LIST).map((each, index) => check(each, `${path}[${index}]`))
}

function checkColumnValue(
  column: FilterColumn,
  operator: FilterOperator,
  value: unknown,
  path: string,
): FilterValue {
  const { type, nullable, words } = COLUMN_KINDS[column]
  const isText = type === 'text' || type === 'id'
  if (isPattern(operator) && !isText)
    throw new InvalidInputError(path, `${column} is no text, so it has no ${operator}`)
  if (value === null && nullable && isEquality(operator)) return null
  if (isPattern(operator) || (type === 'text' && (words === undefined || !isEquality(operator)))) {
    return checkText(value, path, MAX_TEXT_LENGTH)
  }
  if (words !== undefined) return checkOneOf(value, path, words)
  if (type === 'instant') return checkInstant(value, path)
  if (type === 'integer') return checkInteger(value, path, -INT32, INT32)
  if (type === 'id' && isTaskId(value)) return value
  if (type === 'boolean' && typeof value === 'boolean' && isEquality(operator)) return value
  throw new InvalidInputError(
    path,
    `expected ${type === 'id' ? 'a task id' : 'true or false'}, got ${show(value)}`,
  )
}

function checkPathValue(operator: FilterOperator, value: unknown, path: string): FilterValue {
  if (typeof value === 'string' || isPattern(operator)) return checkText(value, path, MAX_TEXT_LENGTH)
  if (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value + 0
  if (isEquality(operator) && (value === null || typeof value === 'boolean')) return value
  throw new InvalidInputError(path, `expected a value that ${operator} compares, got ${show(value)}`)
}

function isPattern(operator: FilterOperator): boolean {
  return operator === 'like' || operator === 'notLike'
}

function isEquality(operator: FilterOperator): boolean {
  return operator === 'eq' || operator === 'neq' || operator === 'in' || operator === 'notIn'
}

/** Whether a filter looks into JSON. */
export function usesPath(filter: FilterExpression): boolean {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.nodes.some(usesPath)
    case 'not':
      return usesPath(filter.node)
    default:
      return filter.kind === 'path'
  }
}
