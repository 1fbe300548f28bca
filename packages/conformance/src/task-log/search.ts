import {
  createTaskId,
  type FoundRecord,
  OPTIONAL_COLUMNS,
  SORT_COLUMNS,
  type SortColumn,
  type TaskLogRecord,
  type TaskLogSearch,
} from '@waybill/core'
import { expect } from 'vitest'
import { column, searchOf } from './filters.ts'
import { rule, type TaskLogRule } from './task-log-rule.ts'
import { OWNER, type TaskLogTrial } from './trial.ts'

/** Texts that databases like to sort each in their own way; in the order of their UTF-8 bytes. */
const TEXTS = [
  '',
  ' ',
  '-',
  '10',
  '9',
  'A',
  'B',
  '_',
  'a',
  'a ',
  'a!',
  'ab',
  'b',
  '\u00df',
  '\u00e9',
  '\ufb03',
  '\u{1f4e6}',
]

function bytewise(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}

/** A dozen entries whose columns go up in different ways, with ties. */
async function addSortable(trial: TaskLogTrial): Promise<readonly TaskLogRecord[]> {
  const ids = Array.from({ length: 12 }, () => createTaskId(Date.now()))
  const now = await trial.log.now()
  for (let index = 0; index < 12; index += 1) {
    await trial.add({
      id: ids[(index * 5) % 12] as string,
      taskName: `task.${(index * 7) % 5}`,
      queue: `queue-${(index * 3) % 4}`,
      label: `Row ${(index * 11) % 6}`,
      owner: `owner-${(index * 7) % 3}`,
      category: (['import', 'export', 'delete'] as const)[index % 3] ?? 'unknown',
      priority: ((index * 5) % 4) - 2,
      dueAt: now + 100_000 + ((index * 7) % 5) * 1_000,
    })
    if (index % 4 === 3) await trial.pass(2)
  }
  await trial.cause('cancel', ids.slice(2, 5))
  const records = await trial.log.find(ids)
  expect(records).toHaveLength(12)
  return records
}

function inOrder(
  records: readonly TaskLogRecord[],
  sort: SortColumn,
  direction: TaskLogSearch['direction'],
): string[] {
  const sign = direction === 'ascending' ? 1 : -1
  const compare = (left: string | number, right: string | number): number =>
    typeof left === 'number' ? left - Number(right) : bytewise(left, String(right))
  return records
    .toSorted((left, right) => sign * (compare(left[sort], right[sort]) || compare(left.id, right.id)))
    .map(({ id }) => id)
}

async function pages(trial: TaskLogTrial, request: TaskLogSearch): Promise<readonly (readonly string[])[]> {
  const found: string[][] = []
  for (let after = request.after; ; ) {
    const page: readonly FoundRecord[] = await trial.log.search({ ...request, after })
    const last = page.at(-1)
    if (last === undefined) return found
    found.push(page.map(({ id }) => id))
    after = { value: last[request.sort] as string | number, id: last.id }
    if (found.length > 100)
      throw new Error('The cursor does not move on: more than 100 pages for 12 entries.')
  }
}

/** Pages of entries, in an order. */
export const searchRules: readonly TaskLogRule[] = [
  rule('search-001', 'entries can be sorted by every sort column, upwards', async (trial) => {
    const records = await addSortable(trial)
    for (const sort of SORT_COLUMNS) {
      const found = await trial.log.search(searchOf({ sort }))
      expect(
        found.map(({ id }) => id),
        sort,
      ).toEqual(inOrder(records, sort, 'ascending'))
    }
  }),

  rule('search-002', 'entries can be sorted by every sort column, downwards, ties too', async (trial) => {
    const records = await addSortable(trial)
    for (const sort of SORT_COLUMNS) {
      const found = await trial.log.search(searchOf({ sort, direction: 'descending' }))
      expect(
        found.map(({ id }) => id),
        sort,
      ).toEqual(inOrder(records, sort, 'descending'))
    }
  }),

  rule('search-003', 'text is sorted by its UTF-8 bytes', async (trial) => {
    await trial.addAll(
      TEXTS.toSorted((left, right) => left.length - right.length).map((label) => ({ label })),
    )
    const found = await trial.log.search(searchOf({ sort: 'label' }))
    expect(found.map(({ label }) => label)).toEqual(TEXTS)
  }),

  rule('search-004', 'a cursor over any sort column visits every entry once, upwards', async (trial) => {
    const records = await addSortable(trial)
    for (const sort of SORT_COLUMNS) {
      const found = await pages(trial, searchOf({ sort, limit: 5 }))
      expect(
        found.map(({ length }) => length),
        sort,
      ).toEqual([5, 5, 2])
      expect(found.flat(), sort).toEqual(inOrder(records, sort, 'ascending'))
    }
  }),

  rule('search-005', 'a cursor over any sort column visits every entry once, downwards', async (trial) => {
    const records = await addSortable(trial)
    for (const sort of SORT_COLUMNS) {
      const found = await pages(trial, searchOf({ sort, direction: 'descending', limit: 1 }))
      expect(found.flat(), sort).toEqual(inOrder(records, sort, 'descending'))
    }
  }),

  rule('search-006', 'a cursor over text keeps to its UTF-8 bytes', async (trial) => {
    await trial.addAll(TEXTS.map((label) => ({ label })))
    const records = await trial.log.search(searchOf())
    expect(records).toHaveLength(TEXTS.length)
    const found = await pages(trial, searchOf({ sort: 'label', limit: 2 }))
    expect(found.flat()).toEqual(inOrder(records as TaskLogRecord[], 'label', 'ascending'))
  }),

  rule(
    'search-007',
    'a cursor does not meet entries that are added before it, and meets those after it',
    async (trial) => {
      await trial.addAll(['b', 'd', 'f'].map((label) => ({ label })))
      const [first, second] = await trial.log.search(searchOf({ sort: 'label', limit: 2 }))
      expect([first?.label, second?.label]).toEqual(['b', 'd'])
      await trial.addAll(['a', 'c', 'e'].map((label) => ({ label })))
      const after = { value: 'd', id: second?.id ?? '' }
      const rest = await trial.log.search(searchOf({ sort: 'label', after }))
      expect(rest.map(({ label }) => label)).toEqual(['e', 'f'])
    },
  ),

  rule('search-008', 'a cursor whose entry is gone still knows its place', async (trial) => {
    const [first] = await trial.addAll([{ label: 'a' }, { label: 'b' }])
    await trial.cause('cancel', first)
    await trial.log.delete([first])
    const rest = await trial.log.search(searchOf({ sort: 'label', after: { value: 'a', id: first } }))
    expect(rest.map(({ label }) => label)).toEqual(['b'])
  }),

  rule('search-009', 'a page has no more than its limit', async (trial) => {
    await trial.addMany(5)
    for (const limit of [1, 4, 5, 6]) {
      expect(await trial.log.search(searchOf({ limit }))).toHaveLength(Math.min(limit, 5))
    }
  }),

  rule('search-010', 'an offset leaves out that many entries', async (trial) => {
    const ids = [...(await trial.addMany(5))].sort()
    const page = await trial.log.search(searchOf({ sort: 'id', offset: 2, limit: 2 }))
    expect(page.map(({ id }) => id)).toEqual(ids.slice(2, 4))
    expect(await trial.log.search(searchOf({ sort: 'id', offset: 5 }))).toEqual([])
  }),

  rule('search-011', 'pages by offset put together are the whole', async (trial) => {
    const ids = [...(await trial.addMany(7))].sort().reverse()
    const request = searchOf({ sort: 'id', direction: 'descending', limit: 3 })
    const found: string[] = []
    for (const offset of [0, 3, 6]) {
      found.push(...(await trial.log.search({ ...request, offset })).map(({ id }) => id))
    }
    expect(found).toEqual(ids)
  }),

  rule('search-012', 'filter, order and limit work together', async (trial) => {
    await trial.addMany(10, (index) => ({ label: `Row ${index}`, priority: index % 2 }))
    const page = await trial.log.search(
      searchOf({
        where: column('priority', 'eq', 1),
        sort: 'label',
        direction: 'descending',
        limit: 3,
        offset: 1,
      }),
    )
    expect(page.map(({ label }) => label)).toEqual(['Row 7', 'Row 5', 'Row 3'])
  }),

  rule('search-013', 'a search of an empty log finds nothing', async (trial) => {
    expect(await trial.log.search(searchOf())).toEqual([])
  }),

  rule('search-014', 'a found entry is the entry', async (trial) => {
    const id = await trial.add({ parameters: '{"a":[1,null]}', metadata: '{}', delayMs: 60_000 })
    expect(await trial.log.search(searchOf())).toEqual([await trial.get(id)])
  }),

  rule('search-015', 'columns that are omitted are undefined, the others are there', async (trial) => {
    const id = await trial.add({ metadata: '{}' })
    const record = await trial.get(id)
    for (const omitted of OPTIONAL_COLUMNS) {
      const [found] = await trial.log.search(searchOf({ omit: [omitted], sort: 'id' }))
      expect({ ...found, [omitted]: undefined }, omitted).toEqual({ ...record, [omitted]: undefined })
      expect(found?.[omitted], omitted).toBeUndefined()
    }
  }),

  rule('search-016', 'all optional columns may be omitted, also the one that is sorted by', async (trial) => {
    const [first, second] = await trial.addAll([{ label: 'b' }, { label: 'a' }])
    const found = await trial.log.search(searchOf({ omit: OPTIONAL_COLUMNS, sort: 'label' }))
    expect(found.map(({ id }) => id)).toEqual([second, first])
    for (const omitted of OPTIONAL_COLUMNS) expect(found[0]?.[omitted], omitted).toBeUndefined()
  }),

  rule('search-017', 'a search within an owner answers with no entry of another', async (trial) => {
    const owners = [OWNER, 'Ada', 'ada ', 'grace', 'ad', '%', '_da']
    await trial.addAll(owners.map((owner) => ({ owner })))
    for (const owner of owners) {
      const found = await trial.log.search(searchOf({ where: column('owner', 'eq', owner) }))
      expect(found.map((record) => record.owner)).toEqual([owner])
    }
  }),
]
