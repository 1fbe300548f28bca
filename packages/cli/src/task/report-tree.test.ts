import { Report } from '@waybill/core'
import pc from 'picocolors'
import { expect, test } from 'vitest'
import { renderReport } from './report-tree.ts'

const plain = pc.createColors(false)

test('a report is drawn as a tree', () => {
  const report = Report.error('Billed 11 of 12', { file: 'a.csv' }).add(
    Report.success('Ada').add(Report.info('paid'), Report.warning('late')),
    Report.error('Bob'),
  )
  expect(renderReport(report, { colours: plain, indent: '  ' })).toBe(
    [
      '  ✖ Billed 11 of 12 {"file":"a.csv"}',
      '  ├─ ✔ Ada',
      '  │  ├─ ℹ paid',
      '  │  └─ ⚠ late',
      '  └─ ✖ Bob',
    ].join('\n'),
  )
})

test('what would move the cursor is shown, long data is cut off, hidden data is not there', () => {
  const report = Report.info('a\nb\x1b[2J', { long: 'x'.repeat(500), pin: 1234 })
  const text = renderReport(report, {
    colours: plain,
    clean: (data) => ({ ...(data as object), pin: '***' }),
  })
  expect(text).toMatch(/^ℹ a\\nb\\x1b\[2J \{"long":"x+…$/)
  expect(text.length).toBeLessThan(230)
})

test('a node that was cut off when it was stored says so', () => {
  expect(renderReport(new Report('info', 'big', undefined, true), { colours: plain })).toBe('ℹ big (cut off)')
})
