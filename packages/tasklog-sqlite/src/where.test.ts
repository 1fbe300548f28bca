import { FILTER_COLUMNS, type FilterExpression, type FilterOperator, type FilterValue } from '@waybill/core'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { COLUMNS } from './columns.ts'
import { where } from './where.ts'

const database = new Database(':memory:')
const nothing = [...COLUMNS.values()].map(({ name }) => `NULL AS ${name}`).join(', ')

/** Whether a row that holds nothing but this JSON and label matches; null is an answer that must not come. */
function matches(filter: FilterExpression, row: { parameters?: unknown; label?: string } = {}): unknown {
  const { sql, values } = where(filter)
  const columns = nothing
    .replace('NULL AS parameters', '? AS parameters')
    .replace('NULL AS label', '? AS label')
  const statement = database.prepare(`SELECT ${sql} AS answer FROM (SELECT ${columns})`).pluck()
  return statement.get(...values, JSON.stringify(row.parameters ?? null), row.label ?? null)
}

function label(operator: FilterOperator, value: FilterValue): FilterExpression {
  return { kind: 'column', column: 'label', operator, value }
}

function at(
  path: readonly (string | number)[],
  operator: FilterOperator,
  value: FilterValue,
): FilterExpression {
  return { kind: 'path', column: 'parameters', path, operator, value }
}

test('every column a filter may name is in the closed map', () => {
  for (const column of FILTER_COLUMNS) {
    expect(where({ kind: 'column', column, operator: 'eq', value: null }).sql).toMatch(
      /^0$|^[a-z_]+ IS NULL$/,
    )
  }
})

test('nothing of what a filter carries gets into the statement but its structure', () => {
  const hostile = `x'); DROP TABLE waybill_tasks; --`
  for (const filter of [label('eq', hostile), label('like', hostile), at([hostile], 'gt', hostile)]) {
    expect(where(filter).sql).not.toContain('DROP')
    expect(where({ kind: 'not', node: filter }).values.join()).toContain('DROP')
  }
})

test.each([
  ['a\\', 'a\\', 1],
  ['a\\b', 'a\\\\b', 1],
  ['a\\', 'a\\\\', 1],
  ['a%', 'a\\%', 1],
  ['ab', 'a\\%', 0],
  ['A', 'a', 1],
  ['Ä', 'ä', 0],
  ['\u{1f4e6}', '_', 1],
])('%j is like %j: %j', (text, pattern, expected) => {
  expect(matches(label('like', pattern), { label: text })).toBe(expected)
  expect(matches(label('notLike', pattern), { label: text })).toBe(1 - expected)
})

test.each([
  [2 ** 60, 2 ** 60, 1],
  [2 ** 53, 2 ** 53 + 2, 0],
  [0.1, 0.1, 1],
  [1, '1', 0],
  ['1', 1, 0],
  [true, 1, 0],
  [true, true, 1],
  [null, null, 1],
  [{}, null, 0],
])('in JSON %j equals %j: %j', (stored, value, expected) => {
  expect(matches(at(['a', 0], 'eq', value), { parameters: { a: [stored] } })).toBe(expected)
  expect(matches(at(['a', 0], 'neq', value), { parameters: { a: [stored] } })).toBe(1 - expected)
})

describe('a filter of thousands of nodes', () => {
  test('is no deeper than SQLite allows', () => {
    const nodes = Array.from({ length: 5_000 }, (_, index) => label('eq', `label ${index}`))
    expect(matches({ kind: 'or', nodes }, { label: 'label 4999' })).toBe(1)
    expect(matches({ kind: 'and', nodes }, { label: 'label 4999' })).toBe(0)
  })

  test('or a list of tens of thousands of values, binds no more values than SQLite allows', () => {
    const value = Array.from({ length: 50_000 }, (_, index) => `label ${index}`)
    const filter = { kind: 'column', column: 'label', operator: 'in', value } as const
    expect(where(filter).values).toHaveLength(1)
    expect(matches(filter, { label: 'label 49999' })).toBe(1)
  })
})

test('what is compared with not a number is false, and so is its order against null', () => {
  expect(matches({ kind: 'column', column: 'createdAt', operator: 'lt', value: Number.NaN })).toBe(0)
  expect(matches({ kind: 'column', column: 'startedAt', operator: 'gte', value: 0 })).toBe(0)
  expect(
    matches({ kind: 'not', node: { kind: 'column', column: 'startedAt', operator: 'gte', value: 0 } }),
  ).toBe(1)
})
