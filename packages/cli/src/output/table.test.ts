import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { terminal } from '../../test/terminal.ts'
import type { Column } from './column.ts'
import { cutOff, writeTable } from './table.ts'

interface Row {
  readonly id: string
  readonly label: string
  readonly count: number
  readonly at: Date | null
}

const columns: readonly Column<Row>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'LABEL', value: ({ label }) => label, shrinks: true, style: (text, _, { red }) => red(text) },
  { title: 'COUNT', value: ({ count }) => count, align: 'right', dispensable: 2 },
  { title: 'AT', value: ({ at }) => at, dispensable: 1 },
]

const id = '01a20ba7-389f-7213-ad34-c38e1fcbbe8d'
const at = new Date(Date.now() - 65_000)
const rows: readonly Row[] = [
  { id, label: 'short', count: 5, at },
  {
    id,
    label: 'a label \x1b[2J of many words, 日本語 among them, that goes on and on',
    count: 12_345,
    at: null,
  },
]

test.each([40, 50, 70, 80, 120, 200])('a table fits into %i columns, with every id whole', async (width) => {
  const { output, stdout } = terminal(width)
  await writeTable(output, columns, rows)
  const lines = stripVTControlCharacters(stdout()).split('\n')
  expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(width)
  expect(stdout().split(id)).toHaveLength(3)
  expect(stdout()).not.toContain('\x1b[2J')
})

test('where room is short a label is cut off, then columns go, the least needed first', async () => {
  const heads = async (width: number): Promise<string[]> => {
    const { output, stdout } = terminal(width, { colour: false })
    await writeTable(output, columns, rows)
    return stdout().split('\n')[0]?.trim().split(/\s+/) ?? []
  }
  expect(await heads(120)).toEqual(['ID', 'LABEL', 'COUNT', 'AT'])
  expect(await heads(70)).toEqual(['ID', 'LABEL', 'COUNT', 'AT'])
  expect(await heads(60)).toEqual(['ID', 'LABEL', 'AT'])
  expect(await heads(50)).toEqual(['ID', 'LABEL'])
  expect(await heads(40)).toEqual([id])
})

test('at 40 columns every row is a block of lines', async () => {
  const { output, stdout } = terminal(40, { colour: false })
  await writeTable(output, columns, rows.slice(0, 1))
  expect(stdout()).toBe(`${id}\n  label short\n  count 5\n  at 1 min ago\n`)
})

test('elsewhere than on a terminal a row is a line of values between tabs, with ISO dates', async () => {
  const { output, stdout } = terminal(null)
  await writeTable(output, columns, [{ id, label: 'tab\tline\n', count: 1, at: new Date(0) }])
  expect(stdout()).toBe(`ID\tLABEL\tCOUNT\tAT\n${id}\ttab\\tline\\n\t1\t1970-01-01T00:00:00.000Z\n`)
})

test('text is cut off by its width, not by its length', () => {
  expect(cutOff('日本語テキスト', 5)).toBe('日本…')
  expect(cutOff('fits', 4)).toBe('fits')
})
