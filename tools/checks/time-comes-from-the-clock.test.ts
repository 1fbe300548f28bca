import { expect, test } from 'vitest'
import { manifestOf, repository } from './fixture.ts'
import { timeComesFromTheClock } from './time-comes-from-the-clock.ts'

const tree = (text: string, file = 'packages/core/src/task/task.ts') =>
  timeComesFromTheClock(
    repository({
      'packages/core/package.json': manifestOf('core'),
      'packages/broker-durable/package.json': manifestOf('broker-durable'),
      'packages/cli/package.json': manifestOf('cli'),
      [file]: text,
    }),
  )

test('an instant is made from a number or a text, and Date.now may be talked about', () => {
  expect(tree('const at = new Date(clock.now()) // never Date.now()\nDate.parse("2026-01-01")')).toEqual([])
})

test.each([
  'packages/core/src/time/clock.ts',
  'packages/core/src/task/task.test.ts',
  'packages/cli/src/table.ts',
])('%s may ask the machine', (file) => expect(tree('Date.now()', file)).toEqual([]))

test.each(['Date.now()', 'new Date()', 'new Date', 'Date()', 'const now = Date.now'])(
  '%s is refused',
  (text) => {
    for (const file of ['packages/core/src/task/task.ts', 'packages/broker-durable/src/broker.ts']) {
      expect(tree(`\n${text}`, file)).toMatchObject([
        { file: `${file}:2`, rule: 'time-comes-from-the-clock' },
      ])
    }
  },
)
