import type { FilterExpression } from '@waybill/core'
import { expect } from 'vitest'
import { labels, path } from './filters.ts'
import { type RuleOptions, rule, type TaskLogRule } from './task-log-rule.ts'
import type { TaskLogTrial } from './trial.ts'

const supported: RuleOptions = {
  excuse: ({ capabilities }) => (capabilities.pathFilters ? null : 'capabilities.pathFilters is false'),
}

const unsupported: RuleOptions = {
  excuse: ({ capabilities }) => (capabilities.pathFilters ? 'capabilities.pathFilters is true' : null),
}

/** One entry per value of the member `v`, labelled with the value's JSON. */
async function addValues(trial: TaskLogTrial, values: readonly unknown[]): Promise<void> {
  await trial.addAll(values.map((v) => ({ label: JSON.stringify(v), parameters: JSON.stringify({ v }) })))
}

/** Filters that look into JSON. */
export const pathRules: readonly TaskLogRule[] = [
  rule(
    'path-001',
    'a path compares JSON types too: the text "1" is not the number 1, nor true',
    async (trial) => {
      await addValues(trial, [1, '1', true, 'true', null, 'null', [1], { a: 1 }])
      expect(await labels(trial, path(['v'], 'eq', 1))).toEqual(['1'])
      expect(await labels(trial, path(['v'], 'eq', '1'))).toEqual(['"1"'])
      expect(await labels(trial, path(['v'], 'eq', true))).toEqual(['true'])
      expect(await labels(trial, path(['v'], 'eq', 'true'))).toEqual(['"true"'])
      expect(await labels(trial, path(['v'], 'eq', null))).toEqual(['null'])
      expect(await labels(trial, path(['v'], 'eq', 'null'))).toEqual(['"null"'])
    },
    supported,
  ),
  rule(
    'path-002',
    'a missing member equals nothing, not even null',
    async (trial) => {
      await trial.addAll([
        { label: 'missing', parameters: '{}' },
        { label: 'null', parameters: '{"v":null}' },
        { label: 'value', parameters: '{"v":"x"}' },
      ])
      expect(await labels(trial, path(['v'], 'eq', null))).toEqual(['null'])
      expect(await labels(trial, path(['v'], 'neq', null))).toEqual(['missing', 'value'])
      expect(await labels(trial, path(['v'], 'neq', 'x'))).toEqual(['missing', 'null'])
    },
    supported,
  ),
  rule(
    'path-003',
    'lt, lte, gt and gte are true between two numbers or two texts only',
    async (trial) => {
      await addValues(trial, [2, 10, -1.5, '10', '2', true, null])
      expect(await labels(trial, path(['v'], 'lt', 10))).toEqual(['-1.5', '2'])
      expect(await labels(trial, path(['v'], 'lte', 10))).toEqual(['-1.5', '10', '2'])
      expect(await labels(trial, path(['v'], 'gt', 2))).toEqual(['10'])
      expect(await labels(trial, path(['v'], 'gte', '2'))).toEqual(['"2"'])
      expect(await labels(trial, path(['v'], 'lt', '2'))).toEqual(['"10"'])
      expect(await labels(trial, path(['v'], 'gt', null))).toEqual([])
    },
    supported,
  ),
  rule(
    'path-004',
    'in and notIn compare JSON types too',
    async (trial) => {
      await addValues(trial, [1, '1', 2, null, false, 2 ** 60])
      expect(await labels(trial, path(['v'], 'in', [1, false, '2']))).toEqual(['1', 'false'])
      expect(await labels(trial, path(['v'], 'notIn', [1, false, '2']))).toEqual([
        '"1"',
        '1152921504606847000',
        '2',
        'null',
      ])
      // Written in decimal it is not what a double holds: a store must read both as doubles.
      expect(await labels(trial, path(['v'], 'in', [2 ** 60, 3]))).toEqual(['1152921504606847000'])
      expect(await labels(trial, path(['v'], 'in', [null, 2]))).toEqual(['2', 'null'])
      expect(await labels(trial, path(['v'], 'in', []))).toEqual([])
    },
    supported,
  ),
  rule(
    'path-005',
    'like finds texts only, with the same wildcards as elsewhere',
    async (trial) => {
      await addValues(trial, ['March', 'march 2026', 'm_rch', 12, null])
      expect(await labels(trial, path(['v'], 'like', 'march%'))).toEqual(['"March"', '"march 2026"'])
      expect(await labels(trial, path(['v'], 'like', 'm\\_rch'))).toEqual(['"m_rch"'])
      expect(await labels(trial, path(['v'], 'like', '1%'))).toEqual([])
      expect(await labels(trial, path(['v'], 'notLike', 'm%'))).toEqual(['12', 'null'])
    },
    supported,
  ),
  rule(
    'path-006',
    'a path goes through objects by name and through lists by number, and mixes up neither',
    async (trial) => {
      await trial.addAll([
        { label: 'list', parameters: '{"items":[{"price":1},{"price":2}]}' },
        { label: 'object', parameters: '{"items":{"1":{"price":2}}}' },
        { label: 'text', parameters: '{"items":"x"}' },
      ])
      expect(await labels(trial, path(['items', 1, 'price'], 'eq', 2))).toEqual(['list'])
      expect(await labels(trial, path(['items', '1', 'price'], 'eq', 2))).toEqual(['object'])
      expect(await labels(trial, path(['items', 2, 'price'], 'eq', 2))).toEqual([])
      expect(await labels(trial, path(['items', 0], 'eq', 'x'))).toEqual([])
    },
    supported,
  ),
  rule(
    'path-007',
    'a path that ends at an object or a list equals nothing',
    async (trial) => {
      await addValues(trial, [{ a: 1 }, [1], 'x'])
      expect(await labels(trial, path(['v'], 'eq', '{"a":1}'))).toEqual([])
      expect(await labels(trial, path(['v'], 'neq', 'x'))).toEqual(['[1]', '{"a":1}'])
    },
    supported,
  ),
  rule(
    'path-008',
    'names of members are names, whatever characters they have',
    async (trial) => {
      const names = [
        'a.b',
        'a b',
        '"',
        "'",
        '\\',
        '$',
        '[0]',
        '*',
        '\u00e9',
        '\u{1f4e6}',
        "x' OR 1=1 --",
        '0',
        'a"b',
        'A',
      ]
      await trial.addAll(
        names.map((name) => ({ label: name, parameters: JSON.stringify({ [name]: 'here' }) })),
      )
      for (const name of names) {
        expect(await labels(trial, path([name], 'eq', 'here')), name).toEqual([name])
      }
      expect(await labels(trial, path(['a', 'b'], 'eq', 'here'))).toEqual([])
    },
    supported,
  ),
  rule(
    'path-009',
    'values at a path are values, whatever characters they have',
    async (trial) => {
      const values = ["' OR 1=1 --", '"', '\\', '\\"', '\n', '\u2028', '\u{1f4e6}', '{"v":1}', '\u00e9', '']
      await addValues(trial, values)
      for (const value of values) {
        expect(await labels(trial, path(['v'], 'eq', value)), value).toEqual([JSON.stringify(value)])
      }
    },
    supported,
  ),
  rule(
    'path-010',
    'texts at a path are compared by their bytes: case and trailing spaces matter',
    async (trial) => {
      await addValues(trial, ['a', 'A', 'a ', '\u00e1'])
      expect(await labels(trial, path(['v'], 'eq', 'a'))).toEqual(['"a"'])
      expect(await labels(trial, path(['v'], 'in', ['A', 'x']))).toEqual(['"A"'])
    },
    supported,
  ),
  rule(
    'path-011',
    'metadata is looked into like parameters, and entries without it have no members',
    async (trial) => {
      await trial.addAll([{ label: 'with', metadata: '{"tenant":7}' }, { label: 'without' }])
      expect(await labels(trial, path(['tenant'], 'eq', 7, 'metadata'))).toEqual(['with'])
      expect(await labels(trial, path(['tenant'], 'neq', 7, 'metadata'))).toEqual(['without'])
      expect(await labels(trial, path(['tenant'], 'eq', null, 'metadata'))).toEqual([])
    },
    supported,
  ),
  rule(
    'path-012',
    'not turns a path comparison round, also where the member is missing',
    async (trial) => {
      await addValues(trial, [1, '2'])
      await trial.add({ label: 'missing' })
      const not = (node: FilterExpression): FilterExpression => ({ kind: 'not', node })
      expect(await labels(trial, not(path(['v'], 'lt', 5)))).toEqual(['"2"', 'missing'])
      expect(await labels(trial, not(path(['v'], 'eq', 1)))).toEqual(['"2"', 'missing'])
    },
    supported,
  ),
  rule(
    'path-013',
    'numbers at a path are compared to their last digit',
    async (trial) => {
      await addValues(trial, [9_007_199_254_740_991, 9_007_199_254_740_990, 0.1, 1e-7, 1.5])
      expect(await labels(trial, path(['v'], 'eq', 9_007_199_254_740_991))).toEqual(['9007199254740991'])
      expect(await labels(trial, path(['v'], 'eq', 0.1))).toEqual(['0.1'])
      expect(await labels(trial, path(['v'], 'lt', 0.1))).toEqual(['1e-7'])
    },
    supported,
  ),
  rule(
    'path-014',
    'a log that cannot look into JSON says so',
    async (trial) => {
      await trial.add()
      await expect(trial.log.count(path(['v'], 'eq', 1))).rejects.toMatchObject({ code: 'not_supported' })
    },
    unsupported,
  ),
]
