import {
  FILTER_COLUMNS,
  FILTER_OPERATORS,
  type FilterExpression,
  type FilterValue,
  type FoundRecord,
  type NewTaskLogRecord,
  OPTIONAL_COLUMNS,
  PATH_COLUMNS,
  SORT_COLUMNS,
  type TaskLogBroker,
  type TaskLogSearch,
} from '@waybill/core'
import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import { type BothLogs, idOf, newEntry, openBothLogs, tokenOf } from './both-logs.ts'

/**
 * Texts that databases are tempted to confuse, and the characters that mean something in patterns and paths.
 */
const text = fc.oneof(
  fc.constantFrom('', 'a', 'A', 'b', 'ä', 'é', 'e\u0301', ' a', 'a ', '%', '_', '\\', 'a%b', 'a_b', 'a\\b'),
  fc.constantFrom(
    '\uffff',
    '\u{10000}',
    '\u{1f4e6}',
    '1',
    '0',
    'true',
    'null',
    `it's`,
    `"`,
    '[0]',
    '$.a',
    'a.b',
  ),
  fc.string({ unit: fc.constantFrom('a', 'B', '%', '_', '\\', '\u{1f4e6}', 'ß'), maxLength: 5 }),
)
const number = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(
    0.1,
    1e-7,
    1e21,
    2 ** 53,
    2 ** 60,
    2 ** 63,
    -(2 ** 63),
    1.5,
    5e-324,
    1.7976931348623157e308,
  ),
)
const name = fc.oneof(
  fc.constantFrom('a', 'b', 'A', '0', '', 'a.b', 'a"b', 'a\\b', '\n', 'é', '\u{1f4e6}'),
  text,
)
const scalar: fc.Arbitrary<FilterValue> = fc.oneof(text, number, fc.boolean(), fc.constant(null))
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(name, tie('json'), { maxKeys: 3 }),
  ),
}))
const jsonObject = fc.dictionary(name, json, { maxKeys: 4 })

const entry: fc.Arbitrary<Partial<NewTaskLogRecord>> = fc.record({
  taskName: text,
  queue: fc.constantFrom('q', 'Q', 'default'),
  parameters: fc.oneof(json, jsonObject).map((value) => JSON.stringify(value)),
  metadata: fc.option(
    jsonObject.map((value) => JSON.stringify(value)),
    { nil: null },
  ),
  label: text,
  owner: fc.constantFrom('ada', 'Ada', 'ada '),
  category: fc.constantFrom('unknown', 'import', 'export'),
  masterStatus: fc.boolean(),
  priority: fc.integer({ min: -2, max: 2 }),
  limitKey: fc.option(fc.constantFrom('k', 'K'), { freq: 2, nil: null }),
  limitMax: fc.constant(1),
  maxAttempts: fc.integer({ min: 1, max: 3 }),
  delayMs: fc.constantFrom(0, 0, 5),
})

const column = fc.record({
  kind: fc.constant('column' as const),
  column: fc.constantFrom(...FILTER_COLUMNS),
  operator: fc.constantFrom(...FILTER_OPERATORS),
  value: fc.oneof(
    scalar,
    fc.nat(20).map(idOf),
    fc.constantFrom('enqueued', 'completed', 'failed', 'due', 'q'),
  ),
})

interface Leaf {
  readonly path: readonly (string | number)[]
  readonly value: FilterValue
}

/** Every value in a JSON document and the way to it. */
function leavesOf(value: unknown, path: readonly (string | number)[] = []): Leaf[] {
  if (typeof value !== 'object' || value === null) return [{ path, value: value as FilterValue }]
  const members: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value)
  return members.flatMap(([step, member]) => leavesOf(member, [...path, step]))
}

/** Paths of which some lead to a value of these entries, and values of which some are found there. */
function pathsInto(entries: readonly Partial<NewTaskLogRecord>[]): fc.Arbitrary<PathFilter> {
  const leaves = entries
    .flatMap(({ parameters, metadata }) => [parameters, metadata])
    .flatMap((document) => leavesOf(JSON.parse(document ?? 'null')))
    .filter(({ path }) => path.length > 0)
  const random = fc.record({
    path: fc.array(fc.oneof(name, fc.nat(2)), { minLength: 1, maxLength: 3 }),
    value: scalar,
  })
  return fc
    .record({
      kind: fc.constant('path' as const),
      column: fc.constantFrom(...PATH_COLUMNS),
      operator: fc.constantFrom(...FILTER_OPERATORS),
      at:
        leaves.length === 0 ? random : fc.oneof({ arbitrary: fc.constantFrom(...leaves), weight: 3 }, random),
      other: fc.option(scalar, { nil: undefined, freq: 2 }),
    })
    .map(({ at, other, ...filter }) => ({ ...filter, ...at, value: other === undefined ? at.value : other }))
}

type PathFilter = Extract<FilterExpression, { kind: 'path' }>

/** A list for `in` and `notIn`, else one value. */
function withLists<Comparison extends Extract<FilterExpression, { operator: unknown }>>(
  comparison: fc.Arbitrary<Comparison>,
): fc.Arbitrary<Comparison> {
  return fc.tuple(comparison, fc.array(scalar, { maxLength: 3 })).map(([one, more]) => {
    const takesList = one.operator === 'in' || one.operator === 'notIn'
    return takesList ? { ...one, value: [one.value as FilterValue, ...more].slice(more.length % 2) } : one
  })
}

function filtersFor(entries: readonly Partial<NewTaskLogRecord>[]): fc.Arbitrary<FilterExpression> {
  const comparison = fc.oneof(withLists(column), withLists(pathsInto(entries)))
  return fc.letrec<{ filter: FilterExpression }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 4 },
      { arbitrary: comparison, weight: 2 },
      fc.record({ kind: fc.constant('not' as const), node: tie('filter') }),
      fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        nodes: fc.array(tie('filter'), { maxLength: 3 }),
      }),
    ),
  })).filter
}

const search = fc.record({
  sort: fc.constantFrom(...SORT_COLUMNS),
  direction: fc.constantFrom('ascending' as const, 'descending' as const),
  limit: fc.integer({ min: 1, max: 5 }),
  offset: fc.nat(3),
  omit: fc.subarray([...OPTIONAL_COLUMNS]),
})

test('for random logs and filters PostgreSQL answers exactly what the memory log answers', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc
        .array(entry, { minLength: 3, maxLength: 12 })
        .chain((entries) =>
          fc.tuple(
            fc.constant(entries),
            fc.array(fc.tuple(filtersFor(entries), search), { minLength: 5, maxLength: 15 }),
          ),
        ),
      async ([entries, questions]) => {
        const logs = await openBothLogs(inject('postgresUrl'))
        try {
          await fill(logs, entries)
          for (const [where, request] of questions) await ask(logs, where, request)
        } finally {
          await logs.close()
        }
      },
    ),
    { numRuns: 25 },
  )
}, 300_000)

/** Adds entries and lets some of them live on, so that every column has values. */
async function fill(
  { postgres, memory, pass }: BothLogs,
  entries: readonly Partial<NewTaskLogRecord>[],
): Promise<void> {
  for (const log of [postgres, memory]) {
    await log.add(entries.map((fields, index) => newEntry(index, { ...fields, ...withLimit(fields) })))
  }
  await pass(3)
  for (const log of [postgres, memory]) {
    await log.heartbeat({ worker: 'w', leaseMs: 1_000, info: null, open: [] })
    const claims = await log.claim({ worker: 'w', token: tokenOf(1), from: { queue: 'q' }, limit: 4 })
    await log.settle(
      claims.slice(0, 2).map(({ id, token }, index) => ({
        id,
        token,
        to: index === 0 ? ('completed' as const) : ('failed' as const),
        delayMs: 0,
        reason: index === 0 ? null : ('error' as const),
        report: '{"type":"info"}',
        progress: null,
        startedAgoMs: 1,
      })),
    )
  }
  await pass(2)
}

function withLimit({ limitKey = null }: Partial<NewTaskLogRecord>): Partial<NewTaskLogRecord> {
  return { limitKey, limitMax: limitKey === null ? null : 1 }
}

async function ask(
  { postgres, memory }: BothLogs,
  where: FilterExpression,
  request: Omit<TaskLogSearch, 'where' | 'after'>,
): Promise<void> {
  expect(await postgres.count(where)).toBe(await memory.count(where))
  expect(await postgres.stats(where)).toEqual(await memory.stats(where))
  const first = { ...request, where, after: null }
  expect(canonical(await postgres.search(first))).toBe(canonical(await memory.search(first)))
  expect(canonical(await allPages(postgres, first))).toBe(canonical(await allPages(memory, first)))
}

/** jsonb keeps what JSON says, not how it is written, nor the order of members. */
function canonical(records: readonly FoundRecord[]): string {
  const read = (json: string | null | undefined): unknown =>
    typeof json === 'string' ? JSON.parse(json) : json
  const withJson = records.map(({ parameters, metadata, report, progress, ...record }) => ({
    ...record,
    json: [parameters, metadata, report, progress].map(read),
  }))
  return JSON.stringify(withJson, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : value,
  )
}

/** Every page, each beginning after the last row of the one before. */
async function allPages(log: TaskLogBroker, request: TaskLogSearch): Promise<readonly FoundRecord[]> {
  const found: FoundRecord[] = []
  let after: TaskLogSearch['after'] = null
  do {
    const page = await log.search({ ...request, offset: 0, omit: [], after })
    found.push(...page)
    const last = page.at(-1)
    after = last === undefined ? null : { value: last[request.sort] as string | number, id: last.id }
  } while (after !== null)
  return found
}
