import { isDeepStrictEqual } from 'node:util'
import type { FilterExpression, FilterValue, StatusCounts, TaskLogRecord } from '@waybill/core'
import type { MemoryTaskLog } from '@waybill/tasklog-memory'
import { searchOf } from '../../src/task-log/filters.ts'
import { type BrokenLog, showing } from './broken-log.ts'

type Comparison = Extract<FilterExpression, { kind: 'column' | 'path' }>

/** Rewrites every comparison of a filter. */
function rewrite(
  filter: FilterExpression,
  change: (comparison: Comparison) => FilterExpression,
): FilterExpression {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return { ...filter, nodes: filter.nodes.map((node) => rewrite(node, change)) }
    case 'not':
      return { ...filter, node: rewrite(filter.node, change) }
    default:
      return change(filter)
  }
}

/** A log whose filters mean something else. */
function misreading(
  name: string,
  breaks: string,
  change: (comparison: Comparison) => FilterExpression,
): BrokenLog {
  return {
    name,
    breaks,
    tamper: (right) => ({
      search: async (search) => right.search({ ...search, where: rewrite(search.where, change) }),
      count: async (where) => right.count(rewrite(where, change)),
      stats: async (where) => right.stats(rewrite(where, change)),
    }),
  }
}

function mapTexts(comparison: Comparison, map: (text: string) => string): Comparison {
  const one = (value: FilterValue): FilterValue => (typeof value === 'string' ? map(value) : value)
  const value = Array.isArray(comparison.value)
    ? comparison.value.map(one)
    : one(comparison.value as FilterValue)
  return { ...comparison, value }
}

function isNegative({ operator }: Comparison): boolean {
  return operator === 'neq' || operator === 'notIn' || operator === 'notLike'
}

function allOf(filter: FilterExpression): FilterExpression {
  if (filter.kind === 'or') return { kind: 'and', nodes: filter.nodes.map(allOf) }
  return filter.kind === 'and' ? { ...filter, nodes: filter.nodes.map(allOf) } : filter
}

function isThere(path: Comparison): FilterExpression {
  const values = [null, true, false].map((value): FilterExpression => ({ ...path, operator: 'eq', value }))
  const others = (['gte', 'lt'] as const).flatMap((operator): FilterExpression[] =>
    ['', 0].map((value) => ({ ...path, operator, value })),
  )
  return { kind: 'or', nodes: [...values, ...others] }
}

const NONE: FilterExpression = { kind: 'or', nodes: [] }

/** Logs that find the wrong entries. */
export const brokenReads: readonly BrokenLog[] = [
  {
    name: 'ids are compared without regard to case',
    breaks: 'find-006',
    tamper: (right) => ({ find: async (ids) => right.find(ids.map((id) => id.toLowerCase())) }),
  },
  {
    name: 'find answers in the order of ids and leaves a gap for what is missing',
    breaks:
      'add-014 key-001 key-002 key-005 key-017 transaction-008 find-002 find-004 find-006 parent-023 delete-001 delete-005 delete-007',
    tamper: (right) => ({
      find: async (ids) => {
        const found = new Map((await right.find(ids)).map((record) => [record.id, record]))
        return ids.map((id) => found.get(id) as never)
      },
    }),
  },
  {
    name: 'find is cut off at a thousand',
    breaks: 'find-005',
    tamper: (right) => ({ find: async (ids) => right.find(ids.slice(0, 1_000)) }),
  },
  {
    name: 'a search is sorted by the task name whatever is asked',
    breaks: 'search-001..007 search-016',
    tamper: (right) => ({ search: async (search) => right.search({ ...search, sort: 'taskName' }) }),
  },
  {
    name: 'ties are ordered upwards whatever the direction',
    breaks: 'search-002 search-005',
    tamper: (right) => ({
      search: async (search) => {
        if (search.direction === 'ascending') return right.search(search)
        const found = await right.search({ ...search, offset: 0, limit: 100_000, omit: [] })
        const sorted = found.toSorted((left, right) =>
          left[search.sort] === right[search.sort] ? (left.id < right.id ? -1 : 1) : 0,
        )
        const omitted = Object.fromEntries(search.omit.map((column) => [column, undefined]))
        return sorted
          .slice(search.offset, search.offset + search.limit)
          .map((record) => ({ ...record, ...omitted }))
      },
    }),
  },
  {
    name: 'a cursor leaves out the entry after it',
    breaks: 'search-004..008',
    tamper: (right) => ({
      search: async (search) => right.search(search.after === null ? search : { ...search, offset: 1 }),
    }),
  },
  {
    name: 'a cursor compares the sort column only, so ties are left out',
    breaks: 'search-004 search-005',
    tamper: (right) => ({
      search: async (search) => {
        const { after, direction } = search
        if (after === null) return right.search(search)
        return right.search({
          ...search,
          after: { ...after, id: direction === 'ascending' ? '\u{10ffff}' : '' },
        })
      },
    }),
  },
  {
    name: 'the offset is ignored',
    breaks: 'search-010..012',
    tamper: (right) => ({ search: async (search) => right.search({ ...search, offset: 0 }) }),
  },
  {
    name: 'a page has one entry more than its limit',
    breaks: 'search-004 search-009..012',
    tamper: (right) => ({ search: async (search) => right.search({ ...search, limit: search.limit + 1 }) }),
  },
  {
    name: 'text is sorted as people sort it, not by its bytes',
    breaks: 'search-003 search-006',
    tamper: (right) => ({
      search: async (search) => {
        const found = await right.search({ ...search, after: null, offset: 0, limit: 100_000, omit: [] })
        if (typeof found[0]?.[search.sort] !== 'string') return right.search(search)
        const sign = search.direction === 'ascending' ? 1 : -1
        const order = new Intl.Collator('en').compare
        const compare = (
          left: { id: string; value: unknown },
          right: { id: string; value: unknown },
        ): number =>
          sign *
          (order(String(left.value), String(right.value)) ||
            (left.id < right.id ? -1 : left.id > right.id ? 1 : 0))
        const position = (record: (typeof found)[number]): { id: string; value: unknown } => ({
          id: record.id,
          value: record[search.sort],
        })
        const { after } = search
        return found
          .filter((record) => after === null || compare(position(record), after) > 0)
          .toSorted((left, right) => compare(position(left), position(right)))
          .slice(search.offset, search.offset + search.limit)
          .map((record) => ({
            ...record,
            ...Object.fromEntries(search.omit.map((column) => [column, undefined])),
          }))
      },
    }),
  },
  {
    name: 'omitted columns are null, not undefined',
    breaks: 'search-015 search-016',
    tamper: (right) => ({
      search: async (search) =>
        (await right.search(search)).map((record) => ({
          ...record,
          ...(Object.fromEntries(search.omit.map((column) => [column, null])) as object),
        })),
    }),
  },
  {
    name: 'a column that is sorted by cannot be omitted',
    breaks: 'search-016',
    tamper: (right) => ({
      search: async (search) => {
        if ((search.omit as readonly string[]).includes(search.sort))
          throw new Error(`no such column: ${search.sort}`)
        return right.search(search)
      },
    }),
  },
  misreading(
    'neq and its like do not find null: truth has three values',
    'filter-010 filter-012 filter-014 filter-025 filter-029',
    (comparison) =>
      comparison.kind === 'column' && isNegative(comparison) && comparison.value !== null
        ? { kind: 'and', nodes: [comparison, { ...comparison, operator: 'neq', value: null }] }
        : comparison,
  ),
  misreading(
    'eq null finds nothing',
    'filter-009 filter-030 filter-032 path-001 path-002 race-101..122',
    (comparison) =>
      comparison.value === null && (comparison.operator === 'eq' || comparison.operator === 'neq')
        ? NONE
        : comparison,
  ),
  misreading('null in a list is not found', 'filter-011 path-004', (comparison) =>
    Array.isArray(comparison.value)
      ? {
          ...comparison,
          value: (comparison.value as readonly FilterValue[]).filter((value) => value !== null),
        }
      : comparison,
  ),
  misreading(
    'text is compared without regard to case',
    'filter-001 path-010 search-017 count-001',
    (comparison) =>
      comparison.operator === 'eq' && typeof comparison.value === 'string'
        ? { ...comparison, operator: 'like', value: comparison.value.replace(/[\\%_]/g, '\\$&') }
        : comparison,
  ),
  misreading('trailing spaces do not count', 'filter-001 path-009 path-010 search-017', (comparison) =>
    comparison.operator === 'eq' && typeof comparison.value === 'string'
      ? {
          kind: 'or',
          nodes: ['', ' '].map((spaces) => mapTexts(comparison, (text) => text.trimEnd() + spaces)),
        }
      : comparison,
  ),
  misreading('like does tell letters apart by case', 'filter-020', (comparison) =>
    comparison.operator === 'like' && typeof comparison.value === 'string' && !/[\\%_]/.test(comparison.value)
      ? { ...comparison, operator: 'eq' }
      : comparison,
  ),
  misreading('the backslash of a pattern escapes nothing', 'filter-019 path-005', (comparison) =>
    comparison.operator === 'like' || comparison.operator === 'notLike'
      ? mapTexts(comparison, (text) => text.replaceAll('\\', '\\\\'))
      : comparison,
  ),
  misreading('a pattern may match a part of the value', 'filter-017 filter-018 filter-020', (comparison) =>
    comparison.operator === 'like' || comparison.operator === 'notLike'
      ? mapTexts(comparison, (text) => `%${text}%`)
      : comparison,
  ),
  misreading('an empty list is a mistake', 'filter-012 path-004', (comparison) => {
    if (Array.isArray(comparison.value) && comparison.value.length === 0)
      throw new Error('syntax error near )')
    return comparison
  }),
  misreading('a list of more than 999 values is a mistake', 'filter-028', (comparison) => {
    if (Array.isArray(comparison.value) && comparison.value.length > 999)
      throw new Error('too many variables')
    return comparison
  }),
  misreading('U14: values become part of the statement', 'filter-027 path-009', (comparison) => {
    if (JSON.stringify(comparison.value).includes("'")) throw new Error('unterminated quoted string')
    return comparison
  }),
  misreading('gt is gte', 'filter-005 filter-006 filter-031 path-003', (comparison) =>
    comparison.operator === 'gt' ? { ...comparison, operator: 'gte' } : comparison,
  ),
  misreading('lt is lte', 'filter-005 filter-006 filter-015 filter-031 path-003 path-013', (comparison) =>
    comparison.operator === 'lt' ? { ...comparison, operator: 'lte' } : comparison,
  ),
  {
    name: 'or means and',
    breaks: 'filter-015 filter-016',
    tamper: (right) => ({
      search: async (search) => right.search({ ...search, where: allOf(search.where) }),
      count: async (where) => right.count(allOf(where)),
    }),
  },
  misreading('a path finds texts and numbers alike', 'path-001', (comparison) =>
    comparison.kind === 'path' && comparison.operator === 'eq' && typeof comparison.value !== 'object'
      ? {
          kind: 'or',
          nodes: [comparison, { ...comparison, value: String(comparison.value) }],
        }
      : comparison,
  ),
  misreading('a missing member is unequal to nothing', 'path-002 path-007 path-011', (comparison) =>
    comparison.kind === 'path' && isNegative(comparison)
      ? { kind: 'and', nodes: [comparison, isThere(comparison)] }
      : comparison,
  ),
  misreading('a dot in the name of a member goes one level down', 'path-008', (comparison) =>
    comparison.kind === 'path'
      ? {
          ...comparison,
          path: comparison.path.flatMap<string | number>((step) =>
            typeof step === 'string' ? step.split('.') : [step],
          ),
        }
      : comparison,
  ),
  {
    name: 'times are cut to hours',
    breaks:
      'add-004 add-007..009 data-027..029 search-001 search-002 search-004 search-005 claim-001 claim-002 start-001 heartbeat-004 settle-001 settle-006 settle-007 settle-021 settle-025 recover-018 promote-001 transition-008 cancel-001 restart-001 queue-002',
    tamper: (right) =>
      showing(right, ({ createdAt, updatedAt, dueAt, claimedAt, startedAt, finishedAt }) => ({
        createdAt: hours(createdAt),
        updatedAt: hours(updatedAt),
        dueAt: hours(dueAt),
        claimedAt: claimedAt === null ? null : hours(claimedAt),
        startedAt: startedAt === null ? null : hours(startedAt),
        finishedAt: finishedAt === null ? null : hours(finishedAt),
      })),
  },
  {
    name: 'an archived entry forgets what it ended as',
    breaks: 'parent-033 force-002 archive-001 archive-003 race-101..117',
    isFoundAtRandom: true,
    tamper: (right) =>
      showing(right, ({ status, outcome }) => ({ outcome: status === 'archived' ? null : outcome })),
  },
  {
    name: 'statistics name only the statuses that occur',
    breaks: 'count-003 count-006',
    tamper: (right) => ({
      stats: async (where) =>
        Object.fromEntries(
          Object.entries(await right.stats(where)).filter(([, count]) => count > 0),
        ) as StatusCounts,
    }),
  },
  {
    name: 'statistics do not look at the filter',
    breaks: 'count-004',
    tamper: (right) => ({ stats: async () => right.stats({ kind: 'and', nodes: [] }) }),
  },
  {
    name: 'a count stops at a page',
    breaks: 'count-001 count-006 race-101..122',
    tamper: (right) => ({
      count: async (where) => (await right.search(searchOf({ where, limit: 2 }))).length,
    }),
  },
  {
    name: 'find does not look at the ids',
    breaks:
      'add-012 add-019 key-001 key-002 key-017 data-022 data-025..028 data-030 data-033 find-001 find-005 find-006 claim-010 start-004 heartbeat-004 heartbeat-010 settle-020 retire-002 promote-005 promote-006 promote-013 parent-001 parent-020 parent-023 parent-030..033 transition-004 transition-006 cancel-004 request-001 request-002 request-005 request-007 request-008 force-004 archive-001 delete-002 queue-002 race-005',
    tamper: (right) => ({
      find: async (ids) => (ids.length === 0 ? [] : everything(right)),
    }),
  },
  {
    name: 'find hands out its own rows',
    breaks: 'find-008',
    tamper: (right) => {
      const rows = new Map<string, TaskLogRecord>()
      return {
        find: async (ids) =>
          (await right.find(ids)).map((record) => {
            const kept = rows.get(record.id) ?? record
            const shown = isDeepStrictEqual({ ...kept, label: '' }, { ...record, label: '' }) ? kept : record
            rows.set(record.id, shown)
            return shown
          }),
      }
    },
  },
  {
    name: 'an empty log has no number',
    breaks: 'count-002 count-006 delete-006',
    tamper: (right) => ({ count: async (where) => (await right.count(where)) || (null as never) }),
  },
  {
    name: 'a search that finds nothing has no answer',
    breaks:
      'filter-012 filter-013 filter-016 filter-025 filter-026 path-003..008 path-011 search-004..006 search-010 search-013 race-101..122',
    tamper: (right) => ({
      search: async (search) => {
        const found = await right.search(search)
        return found.length === 0 ? (null as never) : found
      },
    }),
  },
  {
    name: 'a search leaves out large columns unasked',
    breaks: 'search-014 search-015',
    isFoundAtRandom: true,
    tamper: (right) => ({
      search: async (search) =>
        (await right.search(search)).map(({ parameters: _parameters, ...record }) => record),
    }),
  },
  misreading('numbers in lists are compared as texts', 'filter-007 filter-031 path-004', (comparison) =>
    Array.isArray(comparison.value)
      ? {
          ...comparison,
          value: (comparison.value as readonly FilterValue[]).map((value) =>
            typeof value === 'number' ? String(value) : value,
          ),
        }
      : comparison,
  ),
  misreading('like does not tell accented letters from plain ones', 'filter-022', (comparison) =>
    comparison.operator === 'like' ? mapTexts(comparison, (text) => text.replaceAll('e', '_')) : comparison,
  ),
  misreading('like folds all of Unicode, though the log says ASCII', 'filter-023', (comparison) =>
    comparison.operator === 'like'
      ? mapTexts(comparison, (text) => text.replaceAll('\u00e9', '_'))
      : comparison,
  ),
  misreading('like finds numbers', 'filter-026', (comparison) =>
    comparison.kind === 'column' && comparison.column === 'priority' && comparison.operator === 'like'
      ? { ...comparison, operator: 'gt', value: 0 }
      : comparison,
  ),
  misreading('a step of a path may be a name or a number, as it comes', 'path-006', (comparison) =>
    comparison.kind === 'path'
      ? {
          kind: 'or',
          nodes: [
            comparison,
            { ...comparison, path: comparison.path.map((step) => (step === '1' ? 1 : step)) },
          ],
        }
      : comparison,
  ),
  misreading('a number in a path finds what is no list', 'path-006', (comparison) =>
    comparison.kind === 'path' && comparison.path.at(-1) === 0
      ? { kind: 'or', nodes: [comparison, { ...comparison, path: comparison.path.slice(0, -1) }] }
      : comparison,
  ),
]

/** Every run is in the middle of an hour: near its end a log could be lucky for a rule. */
const BEGAN = Date.now() - 1_800_000

function hours(instant: number): number {
  return instant - ((((instant - BEGAN) % 3_600_000) + 3_600_000) % 3_600_000)
}

async function everything(right: MemoryTaskLog): Promise<readonly TaskLogRecord[]> {
  return (await right.search(searchOf())) as readonly TaskLogRecord[]
}
