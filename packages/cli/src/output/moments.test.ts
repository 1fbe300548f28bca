import { expect, test } from 'vitest'
import { formatCount, formatSpan, plural, relativeTime } from './moments.ts'

const now = Date.UTC(2026, 10, 24)

test.each([
  [0, 'now'],
  [999, 'now'],
  [40_000, '40 s ago'],
  [-150_000, 'in 2 min'],
  [3 * 3_600_000, '3 h ago'],
  [50 * 3_600_000, '2 d ago'],
])('an instant %i ms ago is %s', (ms, text) => {
  expect(relativeTime(new Date(now - ms), now)).toBe(text)
})

test.each([
  [0, '0 ms'],
  [12.4, '12 ms'],
  [1_260, '1.2 s'],
  [59_999, '59.9 s'],
  [60_000, '1 min'],
  [200_000, '3 min 20 s'],
  [2 * 86_400_000 + 4 * 3_600_000, '2 d 4 h'],
])('%d ms are %s', (ms, text) => {
  expect(formatSpan(ms)).toBe(text)
})

test('counts are grouped, nouns agree with them', () => {
  expect(formatCount(1_234_567)).toBe('1,234,567')
  expect(plural(1, 'task')).toBe('1 task')
  expect(plural(2_000, 'task')).toBe('2,000 tasks')
})
