import { expect, test } from 'vitest'
import { createMysqlTaskLog } from './index.ts'
import { resolveOptions } from './options.ts'

test('options have defaults', () => {
  expect(resolveOptions({})).toEqual({
    prefix: 'waybill_',
    wakeIntervalMs: 2,
    statementTimeoutMs: 60_000,
  })
})

test.each(['', 'A', '1a', 'a-b', 'a`; DROP TABLE x', 'a b', 'é', 'a'.repeat(42), 7, null])(
  '%j is no prefix',
  (prefix) => {
    expect(() => resolveOptions({ prefix: prefix as string })).toThrow(
      expect.objectContaining({ code: 'invalid_input', path: 'prefix' }),
    )
  },
)

test('a duration that is none is named', () => {
  expect(() => resolveOptions({ wakeInterval: 'soon' })).toThrow(
    expect.objectContaining({ code: 'invalid_input', path: 'wakeInterval' }),
  )
})

test.each([{ uri: 7 }, { config: 'mysql://' }])('%j is no source', (source) => {
  expect(() => createMysqlTaskLog(source as never)).toThrow(
    expect.objectContaining({ code: 'invalid_input', path: 'source' }),
  )
})
