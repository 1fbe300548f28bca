import { expect, it } from 'vitest'
import { InvalidInputError } from '../errors/errors.ts'
import { decodeCursor } from './cursor.ts'
import { TaskLogFilter } from './task-log-filter.ts'

const all = new TaskLogFilter()
const from = (where: object) => () => TaskLogFilter.fromJSON({ where })
const inPath = (path: unknown, operator: unknown = 'eq', value: unknown = 1) =>
  from({ kind: 'path', column: 'parameters', path, operator, value })

const id = '01a20c4f-f0a1-7235-8e7f-8f90570353cb'
const byPriority = { sort: 'priority', direction: 'ascending' } as const

/** What a user reads who got a filter wrong: where, and what was expected. */
const refusals: readonly (readonly [refused: () => unknown, path: string, message: string | RegExp])[] = [
  [() => TaskLogFilter.fromJSON(null), 'filter', /./],
  [() => TaskLogFilter.fromJSON({ were: {} }), 'filter', /expected one of where, sort, direction/],
  [from({ kind: 'raw' }), 'filter.where.kind', 'expected one of and, or, not, column, path, got "raw"'],
  [from({ kind: 'and', nodes: {} }), 'filter.where.nodes', /./],
  [from({ kind: 'or', nodes: [{ kind: 'x' }] }), 'filter.where.nodes[0].kind', /./],
  [from({ kind: 'column', column: 'x' }), 'filter.where.column', /expected one of id, /],
  [from({ kind: 'column', column: 'id', operator: 'is' }), 'filter.where.operator', /expected one of eq, /],
  [
    from({ kind: 'path', column: 'report', path: ['a'] }),
    'filter.where.path',
    /expected one of parameters, metadata/,
  ],
  [inPath('a'), 'filter.where.path', /./],
  [inPath(['a'], 'is'), 'filter.where.operator', /expected one of eq, /],
  [inPath([]), 'filter.where.path', 'expected a column and up to 15 steps'],
  [inPath([-1]), 'filter.where.path', /expected an integer from 0 /],
  [inPath(['a'.repeat(191)]), 'filter.where.path', /./],
  [inPath(['a'], 'gt', true), 'filter.where.value', 'expected a value that gt compares, got true'],
  [inPath(['a'], 'in', [1, {}]), 'filter.where.value[1]', /expected a value that in compares/],
  [() => all.path('parameters', 'eq', 1), 'filter.path', 'expected a column and up to 15 steps'],
  [
    () => all.path('parameters..a', 'eq', 1),
    'filter.path',
    /expected a path like parameters\.items\[0\]\.sku, got "/,
  ],
  [() => all.eq('id', 'x'), 'filter.id', 'expected a task id, got "x"'],
  [() => all.eq('id', true as never), 'filter.id', 'expected a task id, got true'],
  [() => all.eq('masterStatus', 1 as never), 'filter.masterStatus', 'expected true or false, got 1'],
  [() => all.eq('cancelRequested', id as never), 'filter.cancelRequested', /expected true or false/],
  [() => all.like('createdAt', '%'), 'filter.createdAt', 'createdAt is no text, so it has no like'],
  [
    () => all.notLike('masterStatus', '%'),
    'filter.masterStatus',
    'masterStatus is no text, so it has no notLike',
  ],
  [() => all.sortBy('report' as never), 'filter.sort', /expected one of id, /],
  [() => all.sortBy('id', 'up' as never), 'filter.direction', /expected one of ascending, descending/],
  [() => all.limit(0.5), 'filter.limit', /expected an integer/],
  [() => all.offset(0.5), 'filter.offset', /expected an integer/],
  [() => all.deselect('id' as never), 'filter.omit', /expected one of /],
  [() => all.addAvailableFilters(''), 'user', /./],
  [() => all.after('x'), 'cursor', 'this is no cursor of a search sorted by createdAt, descending'],
  [() => all.after(7 as never), 'cursor', /./],
  [() => decodeCursor(byPriority, `priority~ascending~${id}~x`), 'cursor', 'this is no cursor'],
  [() => decodeCursor(byPriority, `priority~ascending~${id}~%`), 'cursor', 'this is no cursor'],
  [() => decodeCursor(byPriority, `priority~ascending~${id}~${'1'.repeat(1_025)}`), 'cursor', /./],
]

it.each(refusals)('a filter that is wrong is refused: %s', (refused, path, message) => {
  let error: unknown
  try {
    refused()
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(InvalidInputError)
  const { message: said, path: where } = error as InvalidInputError
  expect(where).toBe(path)
  expect(said.slice(path.length + 2)).toEqual(
    typeof message === 'string' ? message : expect.stringMatching(message),
  )
})

it('a cursor that is no URI tells what decoding it said', () => {
  const cause = expect.any(URIError)
  expect(() => decodeCursor(byPriority, `priority~ascending~${id}~%`)).toThrow(
    expect.objectContaining({ cause }),
  )
})

it('an id may be compared with a pattern', () => {
  expect(all.like('id', '01a2%').notLike('parentId', '%').where).toMatchObject({ kind: 'and' })
})

it('the numbers and steps at the edge of what is allowed are allowed', () => {
  const most = Number.MAX_SAFE_INTEGER
  const comparison = { kind: 'path', column: 'parameters', path: ['a', 123_456_789], operator: 'in' }
  expect(all.path('parameters.a[123456789]', 'in', [most, -most, -0]).where).toEqual({
    kind: 'and',
    nodes: [{ ...comparison, value: [most, -most, 0] }],
  })
})

it('a filter may have 200 conditions, and lists as deep as 20 levels, and no more', () => {
  const leaf = { kind: 'column', column: 'owner', operator: 'eq', value: 'a' }
  const wide = (count: number) => from({ kind: 'or', nodes: new Array(count - 1).fill(leaf) })
  expect(wide(200)).not.toThrow()
  expect(wide(201)).toThrow('a filter has at most 200 conditions')
  const deep = (levels: number): object => (levels === 1 ? leaf : { kind: 'and', nodes: [deep(levels - 1)] })
  expect(from(deep(20))).not.toThrow()
  expect(from(deep(21))).toThrow('deeper than 20 levels')
})

it('a cursor keeps what separates its parts', () => {
  expect(decodeCursor({ sort: 'label', direction: 'ascending' }, `label~ascending~${id}~a~b`).value).toBe(
    'a~b',
  )
})
