import { expect, test } from 'vitest'
import { escapeControl, safeJson } from './escape.ts'

test.each([
  ['ok\n[ERROR] fake', 'ok\\n[ERROR] fake'],
  ['\x1b[2J\x1b]0;title\x07', '\\x1b[2J\\x1b]0;title\\x07'],
  ['a\rb\tc\0d', 'a\\rb\\tc\\0d'],
  ['\x9b31m', '\\x9b31m'],
  ['one\u2028two\u2029', 'one\\u2028two\\u2029'],
  ['user\u202etxt.exe', 'user\\u202etxt.exe'],
  ['\ud800 half', '\\ud800 half'],
  ['héllo 日本 👋🏽', 'héllo 日本 👋🏽'],
])('%j is shown as %j', (text, shown) => {
  expect(escapeControl(text)).toBe(shown)
})

test('JSON shows nothing unsafe and means the same', () => {
  const value = { label: '\x1b[2J\x9b \u2028 \u202e \x7f', nested: ['line\nbreak'] }
  for (const indent of [0, 2]) {
    const json = safeJson(value, indent)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(json).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]/)
    expect(JSON.parse(json)).toEqual(value)
  }
  expect(safeJson(undefined)).toBe('null')
})
