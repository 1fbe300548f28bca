import { expect, test } from 'vitest'
import type { GuaranteeSheet } from './guarantee-sheet.ts'
import { guaranteeTable, withGuaranteeTable } from './guarantee-table.ts'

const sheet: GuaranteeSheet = {
  version: 1,
  contract: 'task log',
  adapter: 'memory',
  capabilities: { durable: false, caseFolding: 'ascii' },
  interfaces: { claims: true },
  rules: {
    'add-001': 'kept',
    'add-002': 'kept',
    'crash-001': 'it has one process',
    'crash-002': 'it has one process',
  },
}

test('a table tells each fact, and what became of the rules', () => {
  expect(guaranteeTable(sheet)).toBe(`| | | |
| --- | --- | --- |
| Entries survive the process | \`durable\` | no |
| Letters whose case \`like\` ignores | \`caseFolding\` | ascii |
| Hands tasks to workers: it can be a durable queue | \`claims\` | yes |

\`@waybill/conformance\`: all 2 rules that apply are kept.

- \`crash\` (2): not tried, it has one process`)
})

test('a broken rule is told', () => {
  expect(guaranteeTable({ ...sheet, rules: { 'add-001': 'broken' } })).toContain(
    '0 of 1 rules that apply are kept.',
  )
})

test('a README gets the table between its markers, again and again', () => {
  const readme = 'Before\n<!-- guarantees -->\nold\n<!-- /guarantees -->\nAfter'
  const once = withGuaranteeTable(readme, sheet)
  expect(once).toContain('Before\n<!-- guarantees -->\n| | | |')
  expect(once).toContain('one process\n<!-- /guarantees -->\nAfter')
  expect(withGuaranteeTable(once, sheet)).toBe(once)
  expect(() => withGuaranteeTable('no place', sheet)).toThrow(/no place for the table/)
})
