import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidInputError } from '../errors/errors.ts'
import { createTaskId } from '../identity/id.ts'
import { COLUMN_KINDS } from './column-kinds.ts'
import {
  FILTER_COLUMNS,
  FILTER_OPERATORS,
  type FilterColumn,
  type FilterExpression,
  type FilterOperator,
  SORT_COLUMNS,
} from './filter-expression.ts'
import { SUPER_USER, TaskLogFilter } from './task-log-filter.ts'

const all = new TaskLogFilter()
const ID = createTaskId(Date.now())

const INJECTIONS = [
  'id; DROP TABLE x--',
  'id DESC, (SELECT pg_sleep(5))',
  '"created_at"',
  'created_at/**/',
  'created_at',
  'constructor',
  '__proto__',
  'toString',
  'status)) OR 1=1--',
  '',
  'STATUS',
  'parameters',
  null,
  0,
  {},
  ['status'],
]

function conditions(filter: TaskLogFilter): readonly FilterExpression[] {
  return filter.where.kind === 'and' ? filter.where.nodes : [filter.where]
}

describe('a new filter', () => {
  it('matches all entries, the newest first, 20 to a page', () => {
    expect(all.toSearch()).toEqual({
      where: { kind: 'and', nodes: [] },
      sort: 'createdAt',
      direction: 'descending',
      limit: 20,
      offset: 0,
      after: null,
      omit: [],
    })
  })

  it('is never changed by what is made of it', () => {
    all.eq('status', 'failed').limit(3).offset(4).sortBy('id').deselect('report').not()
    expect(all.toJSON()).toEqual(new TaskLogFilter().toJSON())
  })
})

describe('conditions', () => {
  it.each(FILTER_OPERATORS)('%s compares a column', (operator) => {
    const value = operator === 'in' || operator === 'notIn' ? ['a', 'b'] : 'a'
    const filter = all[operator]('taskName', value as never)
    expect(conditions(filter)).toEqual([{ kind: 'column', column: 'taskName', operator, value }])
  })

  it('that follow each other must all hold', () => {
    const filter = all.eq('owner', 'ada').in('status', ['completed', 'failed'])
    expect(filter.where).toMatchObject({ kind: 'and', nodes: [{ column: 'owner' }, { column: 'status' }] })
  })

  it('and, or, not and anyOf are the algebra they are named after', () => {
    const [a, b] = [all.eq('owner', 'ada'), all.eq('owner', 'bob')]
    expect(conditions(a.and(b))).toEqual([...conditions(a), ...conditions(b)])
    expect(a.or(b).where).toEqual({ kind: 'or', nodes: [a.where, b.where] })
    expect(a.not().where).toEqual({ kind: 'not', node: a.where })
    expect(conditions(TaskLogFilter.anyOf(a, b))).toEqual([{ kind: 'or', nodes: [a.where, b.where] }])
    expect(conditions(a.or(b).eq('queue', 'q'))).toEqual([a.or(b).where, ...conditions(all.eq('queue', 'q'))])
  })

  it('take instants as Dates or milliseconds', () => {
    const at = new Date('2026-11-24T00:00:00Z')
    expect(all.gte('createdAt', at).where).toEqual(all.gte('createdAt', at.getTime()).where)
  })

  it('in nothing matches nothing, not in nothing matches everything', () => {
    expect(conditions(all.in('owner', []))).toEqual([{ kind: 'or', nodes: [] }])
    expect(conditions(all.notIn('owner', []))).toEqual([])
  })

  it('look into the parameters by a path', () => {
    const node = { kind: 'path', column: 'parameters', operator: 'eq', value: 'A1' }
    expect(conditions(all.path('parameters.items[0].sku', 'eq', 'A1'))).toEqual([
      { ...node, path: ['items', 0, 'sku'] },
    ])
    expect(conditions(all.path(['parameters', 'a.b', 3], 'eq', 'A1'))).toEqual([
      { ...node, path: ['a.b', 3] },
    ])
    expect(conditions(all.path('metadata.n', 'in', [1, null, true]))).toMatchObject([
      { column: 'metadata', value: [1, null, true] },
    ])
  })

  it.each([
    '',
    'parameters',
    'label.a',
    'parameters..a',
    'parameters.',
    '.a',
    'parameters[x]',
    'parameters[0',
    'parameters.a]',
  ])('%j is no path', (path) => {
    expect(() => all.path(path, 'eq', 1)).toThrow(InvalidInputError)
  })
})

describe('what is not of the closed sets is one typed error', () => {
  it.each(INJECTIONS)(
    'U14: %j is no column, no sort column, no direction, no path column and no operator',
    (name) => {
      expect(() => all.eq(name as never, 'a' as never)).toThrow(InvalidInputError)
      expect(() => all.sortBy(name as never)).toThrow(InvalidInputError)
      expect(() => all.sortBy('id', name as never)).toThrow(InvalidInputError)
      expect(() => all.path([`${name}x`, 'a'], 'eq', 1)).toThrow(InvalidInputError)
      expect(() => all.path('parameters.a', name as never, 1)).toThrow(InvalidInputError)
      expect(() => all.deselect(`${name}x` as never)).toThrow(InvalidInputError)
    },
  )

  const wrong: readonly (readonly [FilterColumn, FilterOperator, unknown])[] = [
    ['taskName', 'eq', 1],
    ['taskName', 'eq', null],
    ['taskName', 'eq', ['a']],
    ['taskName', 'eq', { $ne: 'x' }],
    ['taskName', 'eq', 'a\0'],
    ['taskName', 'eq', 'a\ud800'],
    ['taskName', 'eq', 'x'.repeat(4_097)],
    ['taskName', 'in', 'a'],
    ['taskName', 'in', ['a', 1]],
    ['taskName', 'in', new Array(1_001).fill('a')],
    ['taskName', 'in', new Array(3)],
    ['id', 'eq', 'x'],
    ['id', 'eq', ID.toUpperCase()],
    ['parentId', 'lt', null],
    ['status', 'eq', 'done'],
    ['status', 'in', ['completed', 'done']],
    ['category', 'eq', 'work'],
    ['outcome', 'eq', 'running'],
    ['reason', 'eq', 'because'],
    ['hold', 'eq', 'wait'],
    ['priority', 'eq', '1'],
    ['priority', 'eq', 1.5],
    ['priority', 'eq', Number.NaN],
    ['priority', 'lt', 2 ** 31],
    ['attempt', 'like', '1%'],
    ['createdAt', 'like', '2026%'],
    ['createdAt', 'gt', '2026-01-01'],
    ['createdAt', 'gt', new Date(Number.NaN)],
    ['createdAt', 'gt', -1],
    ['createdAt', 'eq', null],
    ['startedAt', 'gt', null],
    ['masterStatus', 'eq', 1],
    ['masterStatus', 'eq', 'true'],
    ['cancelRequested', 'gt', false],
    ['cancelRequested', 'like', 'true'],
    ['label', 'like', null],
    ['label', 'like', 7],
  ]

  it.each(wrong)('%s %s %o', (column, operator, value) => {
    expect(() => all[operator](column, value as never)).toThrow(InvalidInputError)
    expect(() => all[operator](column, value as never)).toThrow(new RegExp(`^filter\\.${column}`))
    const json = { where: { kind: 'column', column, operator, value } }
    expect(() => TaskLogFilter.fromJSON(json)).toThrow(InvalidInputError)
  })

  it.each<[FilterOperator, unknown]>([
    ['eq', undefined],
    ['eq', new Date()],
    ['eq', {}],
    ['eq', Number.NaN],
    ['eq', 2 ** 53],
    ['eq', 1n],
    ['gt', null],
    ['gt', true],
    ['like', 1],
    ['in', [[]]],
  ])('a path %s %o', (operator, value) => {
    expect(() => all.path('parameters.a', operator, value as never)).toThrow(InvalidInputError)
  })

  it('a path has at most 15 steps of at most 190 characters, and indexes from 0', () => {
    const steps = (count: number): string[] => ['parameters', ...new Array<string>(count).fill('a')]
    expect(conditions(all.path(steps(15), 'eq', 1))).toHaveLength(1)
    expect(() => all.path(steps(16), 'eq', 1)).toThrow(InvalidInputError)
    expect(() => all.path(['parameters', 'a'.repeat(191)], 'eq', 1)).toThrow(InvalidInputError)
    for (const step of [-1, 0.5, Number.NaN, null, {}]) {
      expect(() => all.path(['parameters', step as number], 'eq', 1)).toThrow(InvalidInputError)
    }
  })
})

describe('the page', () => {
  it('limit and offset are never below 0', () => {
    expect(all.limit(-5).offset(-5).toSearch()).toMatchObject({ limit: 0, offset: 0 })
    expect(all.limit(1_000).offset(2_147_483_647).toSearch()).toMatchObject({
      limit: 1_000,
      offset: 2_147_483_647,
    })
  })

  it.each([1_001, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e9, '5', '0x10', null, undefined, [5], 5n])(
    'a limit of %s is refused',
    (limit) => {
      expect(() => all.limit(limit as never)).toThrow(InvalidInputError)
    },
  )

  it.each([2 ** 31, 0.5, Number.NaN, '5', null])('an offset of %s is refused', (offset) => {
    expect(() => all.offset(offset as never)).toThrow(InvalidInputError)
  })

  it.each(SORT_COLUMNS)('is sorted by %s in both directions', (column) => {
    expect(all.sortBy(column).toSearch()).toMatchObject({ sort: column, direction: 'ascending' })
    expect(all.sortBy(column, 'descending').toSearch()).toMatchObject({
      sort: column,
      direction: 'descending',
    })
  })

  it('is not sorted by a column that may be null', () => {
    for (const column of FILTER_COLUMNS) {
      if (COLUMN_KINDS[column].nullable) expect(() => all.sortBy(column as never)).toThrow(InvalidInputError)
    }
  })

  it.each(['parameters', 'label', 'owner', 'createdAt', 'updatedAt'] as const)('leaves out %s', (column) => {
    expect(all.sortBy('id').deselect(column).toSearch().omit).toEqual([column])
  })

  it('leaves out optional columns, each once; the others cannot be left out', () => {
    expect(all.deselect('report', 'label').deselect('report').toSearch().omit).toEqual(['report', 'label'])
    for (const column of ['id', 'status', 'taskName', 'parentId', 'masterStatus']) {
      expect(() => all.deselect(column as never)).toThrow(InvalidInputError)
    }
  })

  it('reads the sort column even where it is left out', () => {
    expect(all.sortBy('label').deselect('label', 'report').toSearch().omit).toEqual(['report'])
  })
})

describe('the filters of the original', () => {
  const ended = { kind: 'column', column: 'status', operator: 'notIn' }
  const owned = { kind: 'column', column: 'owner', operator: 'eq', value: 'ada' }

  it('addAvailableFilters: not archived, not cancelled, only that user', () => {
    expect(conditions(all.addAvailableFilters('ada'))).toEqual([
      { ...ended, value: ['archived', 'cancelled'] },
      owned,
    ])
  })

  it('addAvailableFilters: archived and cancelled ones where they are allowed', () => {
    const archived = all.addAvailableFilters('ada', { archivedAllowed: true })
    const cancelled = all.addAvailableFilters('ada', { cancelledAvailable: true })
    const both = all.addAvailableFilters('ada', { archivedAllowed: true, cancelledAvailable: true })
    expect(conditions(archived)).toEqual([{ ...ended, value: ['cancelled'] }, owned])
    expect(conditions(cancelled)).toEqual([{ ...ended, value: ['archived'] }, owned])
    expect(conditions(both)).toEqual([owned])
  })

  it('the super user cli-user sees all owners', () => {
    expect(SUPER_USER).toBe('cli-user')
    expect(conditions(all.addAvailableFilters('cli-user'))).toEqual([
      { ...ended, value: ['archived', 'cancelled'] },
    ])
  })

  it('availableForArchived: completed or failed', () => {
    const status = { kind: 'column', column: 'status', operator: 'in', value: ['completed', 'failed'] }
    expect(conditions(all.availableForArchived('ada'))).toEqual([status, owned])
    expect(conditions(all.availableForArchived('cli-user'))).toEqual([status])
  })

  it('availableForCancelled: enqueued', () => {
    const status = { kind: 'column', column: 'status', operator: 'eq', value: 'enqueued' }
    expect(conditions(all.availableForCancelled('ada'))).toEqual([status, owned])
  })

  it.each(['', 'a\n', 'x'.repeat(191), null, undefined, 7, {}])('%j is no user', (user) => {
    expect(() => all.addAvailableFilters(user as never)).toThrow(InvalidInputError)
    expect(() => all.availableForArchived(user as never)).toThrow(InvalidInputError)
    expect(() => all.availableForCancelled(user as never)).toThrow(InvalidInputError)
  })
})

const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const bySort = fc.constantFrom(...SORT_COLUMNS)

function operandOf(column: FilterColumn): fc.Arbitrary<unknown> {
  const { type, words } = COLUMN_KINDS[column]
  if (words !== undefined) return fc.constantFrom(...words)
  if (type === 'boolean') return fc.boolean()
  if (type === 'instant') return fc.nat()
  if (type === 'integer') return fc.integer({ min: -(2 ** 31 - 1) })
  return type === 'id' ? fc.constant(ID) : text
}

const comparison = fc.constantFrom(...FILTER_COLUMNS).chain((column) =>
  fc.constantFrom<FilterOperator>('eq', 'neq', 'in', 'notIn').chain((operator) => {
    const value = operandOf(column)
    const operand =
      operator === 'eq' || operator === 'neq' ? value : fc.array(value, { minLength: 1, maxLength: 3 })
    return operand.map((each) => all[operator](column, each as never))
  }),
)
const inside = fc
  .tuple(fc.array(fc.oneof(text, fc.nat(9)), { minLength: 1, maxLength: 3 }), fc.oneof(text, fc.integer()))
  .map(([path, value]) => all.path(['metadata', ...path], 'gte', value))

const { filters } = fc.letrec<{ filters: TaskLogFilter }>((tie) => ({
  filters: fc.oneof(
    { maxDepth: 4 },
    comparison,
    inside,
    fc.tuple(tie('filters'), tie('filters')).map(([a, b]) => a.and(b)),
    fc.tuple(tie('filters'), tie('filters')).map(([a, b]) => a.or(b)),
    tie('filters').map((each) => each.not()),
  ),
}))

describe('a filter as plain data', () => {
  it('comes back as it was, over JSON', () => {
    const page = fc.tuple(bySort, fc.nat(1_000), fc.nat(1_000), fc.boolean())
    fc.assert(
      fc.property(filters, page, (filter, [sort, limit, offset, omits]) => {
        const paged = filter.sortBy(sort, 'descending').limit(limit).offset(offset)
        const whole = omits ? paged.deselect('parameters', 'report') : paged
        const back = TaskLogFilter.fromJSON(JSON.parse(JSON.stringify(whole)))
        expect(back.toJSON()).toEqual(whole.toJSON())
        expect(back.toSearch()).toEqual(whole.toSearch())
      }),
    )
  })

  it('has the defaults of a new filter where something is absent', () => {
    expect(TaskLogFilter.fromJSON({}).toJSON()).toEqual(all.toJSON())
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['a text', 'status=failed'],
    ['an unknown member', { were: {} }],
    ['a forbidden member', JSON.parse('{"__proto__":{"limit":5}}')],
    ['no node', { where: null }],
    ['a node of no kind', { where: {} }],
    ['a node of an unknown kind', { where: { kind: 'raw', sql: '1=1' } }],
    ['nodes that are no list', { where: { kind: 'and', nodes: {} } }],
    ['nodes with a hole', { where: { kind: 'and', nodes: new Array(1) } }],
    ['not without a node', { where: { kind: 'not' } }],
    [
      'a path that is no list',
      { where: { kind: 'path', column: 'parameters', path: 'a', operator: 'eq', value: 1 } },
    ],
    ['a limit that is text', { limit: '20' }],
    ['an omit that is no column', { omit: ['id'] }],
    ['an omit that is no list', { omit: {} }],
    ['a cursor that is none', { after: 'x' }],
    ['a cursor that is no text', { after: 7 }],
  ])('%s is refused', (_, json) => {
    expect(() => TaskLogFilter.fromJSON(json)).toThrow(InvalidInputError)
  })

  it('names the node that is wrong', () => {
    const where = {
      kind: 'and',
      nodes: [
        { kind: 'and', nodes: [] },
        { kind: 'not', node: { kind: 'column', column: 'x' } },
      ],
    }
    expect(() => TaskLogFilter.fromJSON({ where })).toThrow(
      /^filter\.where\.nodes\[1\]\.node\.column: expected one of id,/,
    )
  })

  it('leaves out what does not belong there', () => {
    const where = { kind: 'column', column: 'owner', operator: 'eq', value: 'ada', sql: 'DROP' }
    expect(conditions(TaskLogFilter.fromJSON({ where }))).toEqual([
      { kind: 'column', column: 'owner', operator: 'eq', value: 'ada' },
    ])
  })
})

describe('the size of a filter', () => {
  const leaf = { kind: 'column', column: 'owner', operator: 'eq', value: 'a' }

  it('is at most 200 conditions', () => {
    expect(
      conditions(TaskLogFilter.fromJSON({ where: { kind: 'and', nodes: new Array(198).fill(leaf) } })),
    ).toHaveLength(198)
    expect(() =>
      TaskLogFilter.fromJSON({ where: { kind: 'and', nodes: new Array(200).fill(leaf) } }),
    ).toThrow(/at most 200/)
    let filter = all
    expect(() => {
      for (let count = 0; count < 201; count += 1) filter = filter.eq('owner', 'a')
    }).toThrow(InvalidInputError)
  })

  it('is at most 20 levels, however it was nested', () => {
    let json: object = leaf
    for (let depth = 0; depth < 100_000; depth += 1) json = { kind: 'not', node: json }
    expect(() => TaskLogFilter.fromJSON({ where: json })).toThrow(/deeper than 20 levels/)
    let filter = all.eq('owner', 'a')
    expect(() => {
      for (let depth = 0; depth < 21; depth += 1) filter = filter.not()
    }).toThrow(/deeper than 20 levels/)
  })

  it('is at most 1,000 values in a list', () => {
    expect(conditions(all.in('owner', new Array<string>(1_000).fill('a')))).toHaveLength(1)
    expect(() => all.in('owner', new Array<string>(1_001).fill('a'))).toThrow(/at most 1000/)
  })
})
