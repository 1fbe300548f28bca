import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { brokerRules } from '../src/broker/broker-conformance.ts'
import { taskLogRules } from '../src/task-log/rules.ts'
import { BROKEN_LOGS } from './broken/all.ts'
import { BROKEN_BROKERS } from './broken/brokers.ts'
import { namedRules } from './broken/expected-breaks.ts'

/** A log in memory has neither processes nor a schema; broken journals (in the examples) and schemas break these. */
const ELSEWHERE = namedRules('crash-001..005 close-003 close-004 schema-001..004')

/** These are broken by a log that stores nothing, which breaks almost every rule. */
const BY_THE_EMPTY_LOG = namedRules('find-007 settle-018')

test('each rule has an id of its own', () => {
  const ids = [...taskLogRules, ...brokerRules].map(({ id }) => id)
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
  for (const id of ids) expect(id).toMatch(/^[a-z]+-\d{3}$/)
})

test('each rule for logs is broken by a log that is broken on purpose: no rule holds whatever a log does', () => {
  const broken = new Set([
    ...BROKEN_LOGS.flatMap(({ breaks, isFoundAtRandom }) => [
      ...namedRules(breaks ?? ''),
      ...(isFoundAtRandom ? ['model-001'] : []),
    ]),
    ...ELSEWHERE,
    ...BY_THE_EMPTY_LOG,
  ])
  expect(taskLogRules.map(({ id }) => id).filter((id) => !broken.has(id))).toEqual([])
})

test("each of the original's defects that a log can have is among the broken logs", () => {
  const defects = BROKEN_LOGS.flatMap(({ name }) => /^U\d+/.exec(name)?.[0] ?? [])
  expect(new Set(defects)).toEqual(new Set(['U2', 'U3', 'U4', 'U5', 'U6', 'U7', 'U9', 'U10', 'U14']))
})

test('each rule for brokers is broken by a broker that is broken on purpose', () => {
  const broken = new Set(BROKEN_BROKERS.flatMap(({ breaks }) => namedRules(breaks)))
  expect(brokerRules.map(({ id }) => id).filter((id) => !broken.has(id))).toEqual([])
})

test('the README counts them right', () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8').replaceAll('\n', ' ')
  expect(readme).toContain(`${taskLogRules.length} rules for task logs and ${brokerRules.length} for brokers`)
  expect(readme).toContain(
    `${BROKEN_LOGS.length} logs and ${BROKEN_BROKERS.length} brokers that are broken on purpose`,
  )
})
