import { expect, test } from 'vitest'
import type { Series } from '../bench.ts'
import { judge } from './bars.ts'
import { chart } from './chart.ts'
import { Comparison } from './comparison.ts'

const SERIES: readonly Series[] = [
  { log: 'postgres', metric: 'drain', entrant: 'waybill', values: [10, 100, 40] },
  { log: 'postgres', metric: 'drain', entrant: 'floor', values: [20, 100, 50] },
]

test('a ratio is the median of the rounds, in each of which both met the same machine', () => {
  const comparison = new Comparison(SERIES)
  expect(comparison.value('postgres', 'drain')).toBe(40)
  expect(comparison.ratio('postgres', 'drain', 'floor')).toBe(0.8)
  expect(comparison.ratio('postgres', 'drain', 'pg-boss')).toBeUndefined()
})

test('a bar is met, missed or not measured', () => {
  const judged = (title: string) => judge(new Comparison(SERIES)).find((bar) => bar.title === title)
  expect(judged('PostgreSQL drain, of the floor')).toMatchObject({ measured: 0.8, isMet: true })
  expect(judged('PostgreSQL bulk, of the floor')).toMatchObject({ isMet: undefined })
  const [waybill, floor] = SERIES as readonly [Series, Series]
  const slower = [{ ...waybill, values: [1, 1, 1] }, floor]
  expect(judge(new Comparison(slower))[0]).toMatchObject({ measured: 0.02, isMet: false })
})

test('the chart draws what was measured, losses too', () => {
  const svg = chart(new Comparison(SERIES))
  expect(svg.match(/<rect/g)).toHaveLength(2)
  expect(svg).toContain('>Waybill<')
  expect(svg).toContain('>floor<')
})
