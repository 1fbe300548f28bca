import type { FilterExpression, FilterOperator, FilterValue } from '@waybill/core'
import { expect } from 'vitest'
import { column, labels } from './filters.ts'
import { claimRule, rule, type TaskLogRule } from './task-log-rule.ts'
import type { TaskLogTrial } from './trial.ts'

type Comparison = (
  operator: FilterOperator,
  value: FilterValue | readonly FilterValue[],
) => Promise<readonly (string | undefined)[]>

/** Adds entries with these labels; answers what a comparison of the label finds. */
async function labelled(trial: TaskLogTrial, given: readonly string[]): Promise<Comparison> {
  await trial.addAll(given.map((label) => ({ label })))
  return async (operator, value) => labels(trial, column('label', operator, value))
}

const FRUIT = ['Apple', 'apple', 'apple ', 'banana', 'cherry']
const PRIORITIES = [
  { label: 'low', priority: 10 },
  { label: 'none' },
  { label: 'high', priority: -10 },
] as const
const KEYED = [
  { label: 'with', limitKey: 'key', limitMax: 1 },
  { label: 'other', limitKey: 'other', limitMax: 1 },
  { label: 'without' },
] as const

/** What a filter matches. */
export const filterRules: readonly TaskLogRule[] = [
  rule('filter-001', 'eq compares text by its bytes: case and trailing spaces matter', async (trial) => {
    const found = await labelled(trial, FRUIT)
    expect(await found('eq', 'apple')).toEqual(['apple'])
  }),
  rule('filter-002', 'neq is the opposite of eq', async (trial) => {
    const found = await labelled(trial, FRUIT)
    expect(await found('neq', 'apple')).toEqual(['Apple', 'apple ', 'banana', 'cherry'])
  }),
  rule('filter-003', 'in compares text by its bytes', async (trial) => {
    const found = await labelled(trial, FRUIT)
    expect(await found('in', ['APPLE', 'apple', 'cherry'])).toEqual(['apple', 'cherry'])
  }),
  rule('filter-004', 'notIn is the opposite of in', async (trial) => {
    const found = await labelled(trial, FRUIT)
    expect(await found('notIn', ['apple', 'cherry'])).toEqual(['Apple', 'apple ', 'banana'])
  }),
  rule('filter-005', 'lt, lte, gt and gte compare text by its bytes', async (trial) => {
    const found = await labelled(trial, FRUIT)
    expect(await found('lt', 'apple')).toEqual(['Apple'])
    expect(await found('lte', 'apple')).toEqual(['Apple', 'apple'])
    expect(await found('gt', 'banana')).toEqual(['cherry'])
    expect(await found('gte', 'banana')).toEqual(['banana', 'cherry'])
  }),
  rule('filter-006', 'lt, lte, gt and gte compare numbers as numbers', async (trial) => {
    await trial.addAll(PRIORITIES)
    expect(await labels(trial, column('priority', 'lt', 0))).toEqual(['high'])
    expect(await labels(trial, column('priority', 'lte', 0))).toEqual(['high', 'none'])
    expect(await labels(trial, column('priority', 'gt', 0))).toEqual(['low'])
    expect(await labels(trial, column('priority', 'gte', -10))).toEqual(['high', 'low', 'none'])
  }),
  rule('filter-007', 'eq and in compare numbers', async (trial) => {
    await trial.addAll(PRIORITIES)
    expect(await labels(trial, column('priority', 'eq', -10))).toEqual(['high'])
    expect(await labels(trial, column('priority', 'neq', -10))).toEqual(['low', 'none'])
    expect(await labels(trial, column('priority', 'in', [10, -10, 99]))).toEqual(['high', 'low'])
  }),
  rule('filter-008', 'eq and neq compare booleans', async (trial) => {
    await trial.addAll([{ label: 'master', masterStatus: true }, { label: 'plain' }])
    expect(await labels(trial, column('masterStatus', 'eq', true))).toEqual(['master'])
    expect(await labels(trial, column('masterStatus', 'neq', true))).toEqual(['plain'])
    expect(await labels(trial, column('masterStatus', 'in', [false]))).toEqual(['plain'])
  }),
  rule('filter-009', 'eq null finds null, and neq null finds the rest', async (trial) => {
    await trial.addAll(KEYED)
    expect(await labels(trial, column('limitKey', 'eq', null))).toEqual(['without'])
    expect(await labels(trial, column('limitKey', 'neq', null))).toEqual(['other', 'with'])
  }),
  rule('filter-010', 'neq and notIn find null too', async (trial) => {
    await trial.addAll(KEYED)
    expect(await labels(trial, column('limitKey', 'neq', 'key'))).toEqual(['other', 'without'])
    expect(await labels(trial, column('limitKey', 'notIn', ['key', 'x']))).toEqual(['other', 'without'])
  }),
  rule('filter-011', 'null may stand in the list of in and notIn', async (trial) => {
    await trial.addAll(KEYED)
    expect(await labels(trial, column('limitKey', 'in', ['key', null]))).toEqual(['with', 'without'])
    expect(await labels(trial, column('limitKey', 'notIn', ['key', null]))).toEqual(['other'])
  }),
  rule('filter-012', 'in of nothing finds nothing, notIn of nothing finds everything', async (trial) => {
    await trial.addAll(KEYED)
    expect(await labels(trial, column('limitKey', 'in', []))).toEqual([])
    expect(await labels(trial, column('limitKey', 'notIn', []))).toEqual(['other', 'with', 'without'])
  }),
  rule('filter-013', 'lt, lte, gt and gte with null on either side are false', async (trial) => {
    await trial.addAll(KEYED)
    for (const operator of ['lt', 'lte', 'gt', 'gte'] as const) {
      expect(await labels(trial, column('limitKey', operator, null))).toEqual([])
    }
    expect(await labels(trial, column('limitKey', 'lte', 'zzz'))).toEqual(['other', 'with'])
  }),
  rule('filter-014', 'not turns null comparisons round as well: truth has two values', async (trial) => {
    await trial.addAll(KEYED)
    const not = (node: FilterExpression): FilterExpression => ({ kind: 'not', node })
    expect(await labels(trial, not(column('limitKey', 'lt', 'zzz')))).toEqual(['without'])
    expect(await labels(trial, not(column('limitKey', 'eq', 'key')))).toEqual(['other', 'without'])
    expect(await labels(trial, not(column('limitKey', 'neq', 'key')))).toEqual(['with'])
    expect(await labels(trial, not(column('limitKey', 'gt', null)))).toEqual(['other', 'with', 'without'])
  }),
  rule('filter-015', 'and, or and not nest', async (trial) => {
    await trial.addAll(FRUIT.map((label, priority) => ({ label, priority })))
    const where: FilterExpression = {
      kind: 'or',
      nodes: [
        { kind: 'and', nodes: [column('priority', 'gte', 1), column('label', 'like', 'apple%')] },
        {
          kind: 'not',
          node: { kind: 'or', nodes: [column('priority', 'lt', 4), column('label', 'eq', 'x')] },
        },
      ],
    }
    expect(await labels(trial, where)).toEqual(['apple', 'apple ', 'cherry'])
  }),
  rule('filter-016', 'and of nothing is true, or of nothing is false', async (trial) => {
    await trial.addAll([{ label: 'one' }])
    expect(await labels(trial, { kind: 'and', nodes: [] })).toEqual(['one'])
    expect(await labels(trial, { kind: 'or', nodes: [] })).toEqual([])
    expect(await labels(trial, { kind: 'not', node: { kind: 'or', nodes: [] } })).toEqual(['one'])
  }),
  rule(
    'filter-017',
    '% stands for any run of characters, and the pattern covers the whole value',
    async (trial) => {
      const given = ['invoice', 'an invoice', 'invoices', 'voice', 'in\nvoice']
      const found = await labelled(trial, given)
      expect(await found('like', 'invoice')).toEqual(['invoice'])
      expect(await found('like', 'invoice%')).toEqual(['invoice', 'invoices'])
      expect(await found('like', '%invoice')).toEqual(['an invoice', 'invoice'])
      expect(await found('like', 'in%voice')).toEqual(['in\nvoice', 'invoice'])
      expect(await found('like', '%')).toHaveLength(5)
    },
  ),
  rule('filter-018', '_ stands for exactly one character, also outside the basic plane', async (trial) => {
    const given = ['a', 'ab', 'abc', 'a\u{1f4e6}', 'a\u00e9']
    const found = await labelled(trial, given)
    expect(await found('like', 'a_')).toEqual(['ab', 'a\u00e9', 'a\u{1f4e6}'])
    expect(await found('like', '__')).toEqual(['ab', 'a\u00e9', 'a\u{1f4e6}'])
  }),
  rule('filter-019', 'a backslash makes the next character of a pattern literal', async (trial) => {
    const given = ['100%', '100x', 'a_b', 'axb', 'c\\d', 'c\\\\d', 'cd']
    const found = await labelled(trial, given)
    expect(await found('like', '100\\%')).toEqual(['100%'])
    expect(await found('like', 'a\\_b')).toEqual(['a_b'])
    expect(await found('like', 'c\\\\d')).toEqual(['c\\d'])
    expect(await found('like', 'a\\xb')).toEqual(['axb'])
  }),
  rule('filter-020', 'like does not tell ASCII letters apart by case', async (trial) => {
    const found = await labelled(trial, FRUIT)
    expect(await found('like', 'APPLE')).toEqual(['Apple', 'apple'])
  }),
  rule('filter-021', 'like keeps trailing spaces apart', async (trial) => {
    const found = await labelled(trial, FRUIT)
    expect(await found('like', 'apple ')).toEqual(['apple '])
  }),
  rule('filter-022', 'like tells accented letters apart from plain ones', async (trial) => {
    const found = await labelled(trial, ['resume', 'r\u00e9sum\u00e9'])
    expect(await found('like', 'resume')).toEqual(['resume'])
  }),
  rule(
    'filter-023',
    'a log that folds ASCII only tells other letters apart by case in like',
    async (trial) => {
      const found = await labelled(trial, ['\u00e9tude', '\u00c9tude'])
      expect(await found('like', '\u00e9%')).toEqual(['\u00e9tude'])
    },
    {
      excuse: ({ capabilities }) =>
        capabilities.caseFolding === 'ascii' ? null : 'like folds all of Unicode',
    },
  ),
  rule(
    'filter-024',
    'a log that folds Unicode does not tell its letters apart by case in like',
    async (trial) => {
      const found = await labelled(trial, ['\u00e9tude', '\u00c9tude'])
      expect(await found('like', '\u00e9%')).toHaveLength(2)
    },
    {
      excuse: ({ capabilities }) => (capabilities.caseFolding === 'unicode' ? null : 'like folds ASCII only'),
    },
  ),
  rule('filter-025', 'notLike is the opposite of like, also for null', async (trial) => {
    await trial.addAll(KEYED)
    expect(await labels(trial, column('limitKey', 'like', 'k%'))).toEqual(['with'])
    expect(await labels(trial, column('limitKey', 'notLike', 'k%'))).toEqual(['other', 'without'])
    expect(await labels(trial, column('limitKey', 'like', null))).toEqual([])
  }),
  rule('filter-026', 'like finds no number', async (trial) => {
    await trial.add({ label: 'one', priority: 12 })
    expect(await labels(trial, column('priority', 'like', '1%'))).toEqual([])
    expect(await labels(trial, column('priority', 'notLike', '1%'))).toEqual(['one'])
  }),
  rule('filter-027', 'what is compared is a value, never part of a statement', async (trial) => {
    const given = [
      "' OR 1=1 --",
      '"; DROP TABLE x; --',
      '\\',
      "\\' OR '1'='1",
      '$$1',
      '$1',
      '?',
      ':label',
      '%s',
    ]
    const found = await labelled(trial, given)
    for (const value of given) expect(await found('eq', value)).toEqual([value])
  }),
  rule('filter-028', 'a list may have a thousand values', async (trial) => {
    await trial.addMany(3, (index) => ({ label: `Row ${index}` }))
    const thousand = Array.from({ length: 1_000 }, (_, index) => `Row ${index + 1}`)
    expect(await labels(trial, column('label', 'in', thousand))).toEqual(['Row 1', 'Row 2'])
    expect(await labels(trial, column('label', 'notIn', thousand))).toEqual(['Row 0'])
  }),
  rule('filter-029', 'every column that text can be compared with is compared', async (trial) => {
    const one = {
      label: 'one',
      taskName: 'one.task',
      queue: 'one-queue',
      owner: 'one-owner',
      category: 'import',
      idempotencyKey: 'one-key',
      limitKey: 'one-limit',
      limitMax: 1,
    } as const
    const [id] = await trial.addAll([one, {}])
    for (const name of [
      'label',
      'taskName',
      'queue',
      'owner',
      'category',
      'idempotencyKey',
      'limitKey',
    ] as const) {
      expect(await labels(trial, column(name, 'eq', one[name])), name).toEqual(['one'])
      expect(await labels(trial, column(name, 'neq', one[name])), name).toEqual(['Build a report'])
    }
    expect(await labels(trial, column('id', 'eq', id))).toEqual(['one'])
    expect(await labels(trial, column('hold', 'eq', 'limit'))).toEqual(['one'])
    expect(await labels(trial, column('status', 'eq', 'enqueued'))).toHaveLength(2)
  }),
  rule('filter-030', 'entries are found by their parent', async (trial) => {
    const parentId = await trial.add({ label: 'parent' })
    await trial.addAll([{ label: 'child', parentId }, { label: 'child', parentId }, { label: 'other' }])
    expect(await labels(trial, column('parentId', 'eq', parentId))).toEqual(['child', 'child'])
    expect(await labels(trial, column('parentId', 'eq', null))).toEqual(['other', 'parent'])
  }),
  rule('filter-031', 'instants are compared to the millisecond', async (trial) => {
    const at = (await trial.log.now()) + 1_000_000
    await trial.addAll([
      { label: 'before', dueAt: at - 1 },
      { label: 'at', dueAt: at },
      { label: 'after', dueAt: at + 1 },
    ])
    expect(await labels(trial, column('dueAt', 'eq', at))).toEqual(['at'])
    expect(await labels(trial, column('dueAt', 'lt', at))).toEqual(['before'])
    expect(await labels(trial, column('dueAt', 'gt', at))).toEqual(['after'])
    expect(await labels(trial, column('dueAt', 'in', [at - 1, at + 1]))).toEqual(['after', 'before'])
  }),
  claimRule('filter-032', 'what a worker wrote can be compared', async (trial) => {
    const [done, held] = await trial.addAll([{ label: 'done' }, { label: 'held' }, { label: 'new' }])
    const worker = await trial.worker()
    await worker.run(done, 'failed', { reason: 'timeout' })
    await trial.log.start([await worker.take(held)])
    await trial.log.requestCancel([held])
    expect(await labels(trial, column('worker', 'eq', worker.id))).toEqual(['done', 'held'])
    expect(await labels(trial, column('outcome', 'eq', 'failed'))).toEqual(['done'])
    expect(await labels(trial, column('reason', 'eq', 'timeout'))).toEqual(['done'])
    expect(await labels(trial, column('attempt', 'eq', 0))).toEqual(['new'])
    expect(await labels(trial, column('cancelRequested', 'eq', true))).toEqual(['held'])
    expect(await labels(trial, column('claimedAt', 'neq', null))).toEqual(['done', 'held'])
    expect(await labels(trial, column('startedAt', 'eq', null))).toEqual(['new'])
    expect(await labels(trial, column('finishedAt', 'lte', await trial.log.now()))).toEqual(['done'])
    expect(await labels(trial, column('updatedAt', 'gte', 1))).toHaveLength(3)
  }),
]
