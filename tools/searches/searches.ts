import {
  FILTER_COLUMNS,
  FILTER_OPERATORS,
  type FilterExpression,
  type FilterValue,
  type NewTaskLogRecord,
  OPTIONAL_COLUMNS,
  PATH_COLUMNS,
  SORT_COLUMNS,
  type TaskLogSearch,
} from '@waybill/core'
import fc from 'fast-check'
import { idOf } from './entries.ts'

/** What is asked of a log. */
export type Question = Omit<TaskLogSearch, 'after'>

/** Entries, and what is asked when they are in a log. */
export interface Searches {
  readonly entries: readonly Partial<NewTaskLogRecord>[]
  readonly questions: readonly Question[]
}

/** Texts that databases are tempted to confuse, and the characters that mean something in patterns and paths. */
const TEXTS = [
  ...[
    '',
    'a',
    'A',
    'b',
    'ä',
    'é',
    'e\u0301',
    ' a',
    'a ',
    '%',
    '_',
    '\\',
    'a%b',
    'a_b',
    'a\\b',
    '\uffff',
    '\u{10000}',
  ],
  ...['\u{1f4e6}', '1', '0', 'true', 'null', `it's`, `"`, '[0]', '$.a', 'a.b'],
]

/**
 * Random entries and searches among them.
 *
 * @param folding what the log's `like` does with case. Where it folds all of Unicode, no two texts differ in the case of a
 * letter that is not ASCII: the reference does not fold it
 */
export function searches(folding: 'ascii' | 'unicode'): fc.Arbitrary<Searches> {
  const text = fc.oneof(
    fc.constantFrom(...TEXTS, ...(folding === 'ascii' ? ['Ä'] : [])),
    fc.string({ unit: fc.constantFrom('a', 'B', '%', '_', '\\', '\u{1f4e6}', 'ß'), maxLength: 5 }),
  )
  const scalar: fc.Arbitrary<FilterValue> = fc.oneof(text, number, fc.boolean(), fc.constant(null))
  return fc.array(entriesOf(text, scalar), { minLength: 3, maxLength: 12 }).chain((entries) =>
    fc.record({
      entries: fc.constant(entries),
      questions: fc.array(questionsAbout(entries, scalar, text), { minLength: 5, maxLength: 15 }),
    }),
  )
}

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

/**
 * Names of members. V8 takes an escaped one for a lone backslash once it has read that: no member is named so.
 * https://github.com/nodejs/node/issues/63785
 */
function namesOf(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom('a', 'b', 'A', '0', '', 'a.b', 'a"b', 'a\\b', '\n', 'é', '\u{1f4e6}'),
    text.filter((name) => name !== '\\'),
  )
}

function entriesOf(
  text: fc.Arbitrary<string>,
  scalar: fc.Arbitrary<FilterValue>,
): fc.Arbitrary<Partial<NewTaskLogRecord>> {
  const name = namesOf(text)
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 3 },
      scalar,
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(name, tie('json'), { maxKeys: 3 }),
    ),
  }))
  const object = fc.dictionary(name, json, { maxKeys: 4 }).map((value) => JSON.stringify(value))
  return fc
    .record({
      taskName: text,
      queue: fc.constantFrom('q', 'Q', 'default'),
      parameters: fc.oneof(
        json.map((value) => JSON.stringify(value)),
        object,
      ),
      metadata: fc.option(object, { nil: null }),
      label: text,
      owner: fc.constantFrom('ada', 'Ada', 'ada '),
      category: fc.constantFrom('unknown', 'import', 'export'),
      masterStatus: fc.boolean(),
      priority: fc.integer({ min: -2, max: 2 }),
      limitKey: fc.option(fc.constantFrom('k', 'K'), { freq: 2, nil: null }),
      maxAttempts: fc.integer({ min: 1, max: 3 }),
      delayMs: fc.constantFrom(0, 0, 5),
    })
    .map((entry) => ({ ...entry, limitMax: entry.limitKey === null ? null : 1 }))
}

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

type PathFilter = Extract<FilterExpression, { kind: 'path' }>

/** Paths of which some lead to a value of these entries, and values of which some are found there. */
function pathsInto(
  entries: readonly Partial<NewTaskLogRecord>[],
  scalar: fc.Arbitrary<FilterValue>,
  text: fc.Arbitrary<string>,
): fc.Arbitrary<PathFilter> {
  const leaves = entries
    .flatMap(({ parameters, metadata }) => [parameters, metadata])
    .flatMap((document) => leavesOf(JSON.parse(document ?? 'null')))
    .filter(({ path }) => path.length > 0)
  const random = fc.record({
    path: fc.array(fc.oneof(namesOf(text), fc.nat(2)), { minLength: 1, maxLength: 3 }),
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

/** A list for `in` and `notIn`, else one value. */
function withLists<Comparison extends Extract<FilterExpression, { operator: unknown }>>(
  comparison: fc.Arbitrary<Comparison>,
  scalar: fc.Arbitrary<FilterValue>,
): fc.Arbitrary<Comparison> {
  return fc.tuple(comparison, fc.array(scalar, { maxLength: 3 })).map(([one, more]) => {
    const takesList = one.operator === 'in' || one.operator === 'notIn'
    return takesList ? { ...one, value: [one.value as FilterValue, ...more].slice(more.length % 2) } : one
  })
}

function questionsAbout(
  entries: readonly Partial<NewTaskLogRecord>[],
  scalar: fc.Arbitrary<FilterValue>,
  text: fc.Arbitrary<string>,
): fc.Arbitrary<Question> {
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
  const comparison = fc.oneof(withLists(column, scalar), withLists(pathsInto(entries, scalar, text), scalar))
  const { filter } = fc.letrec<{ filter: FilterExpression }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 4 },
      { arbitrary: comparison, weight: 2 },
      fc.record({ kind: fc.constant('not' as const), node: tie('filter') }),
      fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        nodes: fc.array(tie('filter'), { maxLength: 3 }),
      }),
    ),
  }))
  return fc.record({
    where: filter,
    sort: fc.constantFrom(...SORT_COLUMNS),
    direction: fc.constantFrom('ascending' as const, 'descending' as const),
    limit: fc.integer({ min: 1, max: 5 }),
    offset: fc.nat(3),
    omit: fc.subarray([...OPTIONAL_COLUMNS]),
  })
}
