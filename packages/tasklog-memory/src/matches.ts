import type { FilterExpression, FilterOperator, FilterValue, TaskLogRecord } from '@waybill/core'

type Value = FilterValue | undefined

/** Whether a record matches a filter: the meaning of {@link FilterExpression}, as code. */
export function matches(record: TaskLogRecord, filter: FilterExpression): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.nodes.every((node) => matches(record, node))
    case 'or':
      return filter.nodes.some((node) => matches(record, node))
    case 'not':
      return !matches(record, filter.node)
    case 'column':
      return compare(record[filter.column], filter.operator, filter.value)
    case 'path':
      return compare(valueAt(record[filter.column], filter.path), filter.operator, filter.value)
  }
}

function compare(
  value: Value,
  operator: FilterOperator,
  operand: FilterValue | readonly FilterValue[],
): boolean {
  const list = Array.isArray(operand) ? (operand as readonly FilterValue[]) : [operand as FilterValue]
  const first = list[0] as FilterValue
  switch (operator) {
    case 'eq':
    case 'in':
      return list.includes(value as FilterValue)
    case 'neq':
    case 'notIn':
      return !list.includes(value as FilterValue)
    case 'like':
      return isLike(value, first)
    case 'notLike':
      return !isLike(value, first)
    case 'lt':
      return order(value, first) < 0
    case 'lte':
      return order(value, first) <= 0
    case 'gt':
      return order(value, first) > 0
    case 'gte':
      return order(value, first) >= 0
  }
}

/** Negative, zero, positive; NaN (so every comparison is false) unless both are numbers or both are texts. */
function order(left: Value, right: Value): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right)
  return Number.NaN
}

/** The order of UTF-8 bytes, which is that of code points; UTF-16 units differ from it above U+FFFF. */
export function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index += 1) {
    const a = left.charCodeAt(index)
    const b = right.charCodeAt(index)
    if (a !== b) return isSurrogate(a) === isSurrogate(b) ? a - b : isSurrogate(a) ? 1 : -1
  }
  return left.length - right.length
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}

function valueAt(json: string | null, path: readonly (string | number)[]): Value {
  let value: unknown = json === null ? undefined : JSON.parse(json)
  for (const step of path) {
    const isIndex = typeof step === 'number'
    if (typeof value !== 'object' || value === null || Array.isArray(value) !== isIndex) return undefined
    value = Object.hasOwn(value, step) ? (value as Record<string | number, unknown>)[step] : undefined
  }
  return typeof value === 'object' && value !== null ? undefined : (value as Value)
}

function isLike(value: Value, pattern: FilterValue): boolean {
  if (typeof value !== 'string' || typeof pattern !== 'string') return false
  return likeTokens([...foldAscii(value)], tokens(foldAscii(pattern)))
}

function foldAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

interface Token {
  readonly kind: 'literal' | 'any' | 'run'
  readonly text: string
}

function tokens(pattern: string): Token[] {
  const found: Token[] = []
  const characters = [...pattern]
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] as string
    if (character === '%') found.push({ kind: 'run', text: '' })
    else if (character === '_') found.push({ kind: 'any', text: '' })
    else if (character === '\\' && index + 1 < characters.length) {
      index += 1
      found.push({ kind: 'literal', text: characters[index] as string })
    } else found.push({ kind: 'literal', text: character })
  }
  return found
}

/** Greedy matching that goes back to the last run only: no pattern takes more than text x pattern steps. */
function likeTokens(text: readonly string[], pattern: readonly Token[]): boolean {
  let at = 0
  let token = 0
  let runToken = -1
  let runAt = 0
  while (at < text.length) {
    const current = pattern[token]
    if (current?.kind === 'run') {
      runToken = token
      runAt = at
      token += 1
    } else if (current !== undefined && (current.kind === 'any' || current.text === text[at])) {
      at += 1
      token += 1
    } else if (runToken >= 0) {
      runAt += 1
      at = runAt
      token = runToken + 1
    } else return false
  }
  return pattern.slice(token).every((rest) => rest.kind === 'run')
}
