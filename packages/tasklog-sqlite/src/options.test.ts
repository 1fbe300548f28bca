import { expect, test } from 'vitest'
import { resolveOptions, type SqliteTaskLogOptions } from './options.ts'

test('a log commits to the disk and waits five seconds for the lock, unless told otherwise', () => {
  expect(resolveOptions({})).toEqual({
    prefix: 'waybill_',
    synchronous: 'full',
    busyTimeoutMs: 5_000,
    wakeIntervalMs: 10,
    clock: null,
  })
})

test.each([
  '',
  'Waybill_',
  '1_',
  'a-b',
  'a b',
  'a"b',
  'a;DROP TABLE x',
  'ä',
  'a\n',
  'a'.repeat(42),
  'waybill_\u{1f4e6}',
  7,
])('the prefix %j is refused', (prefix) => {
  expect(() => resolveOptions({ prefix } as SqliteTaskLogOptions)).toThrow(
    expect.objectContaining({ code: 'invalid_input', path: 'prefix' }),
  )
})

test.each([
  [{ synchronous: 'off' }, 'synchronous'],
  [{ busyTimeout: 'soon' }, 'busyTimeout'],
  [{ busyTimeout: -1 }, 'busyTimeout'],
  [{ wakeInterval: Number.NaN }, 'wakeInterval'],
])('%j is refused', (options, path) => {
  expect(() => resolveOptions(options as SqliteTaskLogOptions)).toThrow(
    expect.objectContaining({ code: 'invalid_input', path }),
  )
})
