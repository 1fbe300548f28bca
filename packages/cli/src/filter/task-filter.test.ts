import { InvalidInputError, TaskLogFilter } from '@waybill/core'
import { expect, test } from 'vitest'
import type { FilterOptions } from './filter-inputs.ts'
import { parseCondition } from './parse-condition.ts'
import { parseWhen } from './parse-when.ts'
import { choosesSome, paged, taskFilter } from './task-filter.ts'

const now = Date.UTC(2026, 10, 24, 12)
const NOTHING: FilterOptions = {
  name: undefined,
  queue: undefined,
  status: undefined,
  category: undefined,
  owner: undefined,
  label: undefined,
  parent: undefined,
  since: undefined,
  until: undefined,
  where: [],
}
const all = new TaskLogFilter()
const parent = '01a20ba7-389f-7213-ad34-c38e1fcbbe8d'

test.each<[Partial<FilterOptions>, TaskLogFilter]>([
  [{}, all],
  [{ name: ['a', 'b'] }, TaskLogFilter.anyOf(all.in('taskName', ['a', 'b']))],
  [{ name: ['a', 'bill.*'] }, TaskLogFilter.anyOf(all.in('taskName', ['a']), all.like('taskName', 'bill.%'))],
  [{ queue: ['q'] }, all.in('queue', ['q'])],
  [{ status: ['failed'] }, all.in('status', ['failed'])],
  [{ status: ['in_progress'] }, all.in('status', ['dequeued', 'running', 'child_running'])],
  [{ status: ['created', 'failed'] }, all.in('status', ['enqueued', 'failed'])],
  [{ category: ['import'] }, all.in('category', ['import'])],
  [{ owner: ['ada'] }, all.in('owner', ['ada'])],
  [{ label: '50%_off' }, all.like('label', '%50\\%\\_off%')],
  [{ label: 'begins*' }, all.like('label', 'begins%')],
  [{ parent }, all.eq('parentId', parent)],
  [{ parent: 'none' }, all.eq('parentId', null)],
  [{ since: '2h' }, all.gte('createdAt', new Date(now - 7_200_000))],
  [{ until: '2026-11-01' }, all.lte('createdAt', new Date('2026-11-01T00:00:00Z'))],
  [
    { where: ['parameters.orderId=42', 'attempt>1'] },
    all.path('parameters.orderId', 'eq', 42).gt('attempt', 1),
  ],
])('%j means the same as in the library', (options, filter) => {
  expect(taskFilter({ ...NOTHING, ...options }, now).where).toEqual(all.and(filter).where)
  expect(choosesSome({ ...NOTHING, ...options })).toBe(Object.keys(options).length > 0)
})

test.each<[string, TaskLogFilter]>([
  ['parameters.a.b[0]=x', all.path(['parameters', 'a', 'b', 0], 'eq', 'x')],
  ['parameters.n != 4.5', all.path('parameters.n', 'neq', 4.5)],
  ['parameters.n="42"', all.path('parameters.n', 'eq', '42')],
  ['parameters.ok=true', all.path('parameters.ok', 'eq', true)],
  ['parameters.gone=null', all.path('parameters.gone', 'eq', null)],
  ['parameters.text=a=b', all.path('parameters.text', 'eq', 'a=b')],
  ['metadata.source~web*', all.path('metadata.source', 'like', 'web%')],
  ['metadata.source!~web*', all.path('metadata.source', 'notLike', 'web%')],
  ['worker=null', all.eq('worker', null)],
  ['label=42', all.eq('label', '42')],
  ['priority<=-5', all.lte('priority', -5)],
  ['cancelRequested=true', all.eq('cancelRequested', true)],
  ['finishedAt<30d', all.lt('finishedAt', new Date(now - 30 * 86_400_000))],
])('--where %j means the same as in the library', (condition, filter) => {
  expect(all.and(parseCondition(condition, now)).where).toEqual(filter.where)
})

test.each([
  ['nonsense', /expected a condition such as/],
  ['=5', /expected a condition such as/],
  ['statsu=failed', /there is no column "statsu"; did you mean status\?/],
  ['id; DROP TABLE x--=5', /expected a condition|there is no column/],
  ['__proto__=5', /expected a condition/],
  ['constructor=5', /there is no column/],
  ['attempt=many', /attempt/],
  ['createdAt>yesterday', /expected a span such as 2h, or a date/],
])('--where %j is refused, with what was expected', (condition, message) => {
  expect(() => parseCondition(condition, now)).toThrow(InvalidInputError)
  expect(() => parseCondition(condition, now)).toThrow(message)
})

test.each([
  [{ status: ['faild'] }, /--status: expected one of .*, got "faild"; did you mean failed\?/],
  [{ category: ['x'] }, /--category: expected one of create, update/],
  [{ parent: 'not-an-id' }, /expected a task id/],
  [{ since: 'tomorrow' }, /--since: expected a span/],
])('%j is refused', (options, message) => {
  expect(() => taskFilter({ ...NOTHING, ...options }, now)).toThrow(message)
})

test('the newest come first, unless a column is named; - turns it around', () => {
  const page = { sort: undefined, limit: undefined, cursor: undefined }
  expect(paged(all, page).toJSON()).toMatchObject({ sort: 'createdAt', direction: 'descending', limit: 20 })
  expect(paged(all, { ...page, sort: 'priority', limit: 5 }).toJSON()).toMatchObject({
    sort: 'priority',
    direction: 'ascending',
    limit: 5,
  })
  expect(paged(all, { ...page, sort: '-updatedAt' }).toJSON()).toMatchObject({
    sort: 'updatedAt',
    direction: 'descending',
  })
  expect(() => paged(all, { ...page, sort: 'creatdAt' })).toThrow(/--sort: .* did you mean createdAt\?/)
})

test.each([
  ['90s', now - 90_000],
  ['1.5h', now - 5_400_000],
  ['2026-11-24', Date.UTC(2026, 10, 24)],
  ['2026-11-24T08:30', Date.UTC(2026, 10, 24, 8, 30)],
  ['2026-11-24 08:30:15', Date.UTC(2026, 10, 24, 8, 30, 15)],
  ['2026-11-24T08:30:15.250+02:00', Date.UTC(2026, 10, 24, 6, 30, 15, 250)],
])('%s is an instant', (text, ms) => {
  expect(parseWhen(text, now, 'x').getTime()).toBe(ms)
})

test.each(['', '2026', '24.11.2026', '2026-13-01', '2026-02-30T25:00', '5 minutes'])('%j is none', (text) => {
  expect(() => parseWhen(text, now, 'x')).toThrow(/^x: expected/)
})
