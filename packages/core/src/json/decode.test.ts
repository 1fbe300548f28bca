import { describe, expect, it } from 'vitest'
import { InvalidInputError } from '../errors/errors.ts'
import { decodeJson } from './decode.ts'

describe('decodeJson', () => {
  it.each(['null', '0', '"x"', '[1,{"a":[]}]', '{"a":{"b":1}}', '{"constructors":1,"proto":2}'])(
    'answers the value of %s',
    (text) => {
      expect(decodeJson(text, 'report')).toEqual(JSON.parse(text))
    },
  )

  it.each([
    '',
    '{',
    'undefined',
    '{"a":1,}',
    "{'a':1}",
    '\ufeff{}',
    'NaN',
    '{"__proto__":{"admin":true}}',
    '[{"a":{"constructor":1}}]',
    '{"prototype":1}',
    String.raw`{"\u005f_proto__":1}`,
    '{"n":1e400}',
    '[-1e400]',
  ])('refuses %s with one typed error that names the text', (text) => {
    expect(() => decodeJson(text, 'report')).toThrow(InvalidInputError)
    expect(() => decodeJson(text, 'report')).toThrow(/^report: /)
    expect('admin' in {}).toBe(false)
  })

  it('refuses a depth that would overflow a stack', () => {
    expect(decodeJson('['.repeat(256) + ']'.repeat(256), 'report')).toHaveLength(1)
    expect(() => decodeJson('['.repeat(257) + ']'.repeat(257), 'report')).toThrow(/nested deeper than 256/)
    expect(() => decodeJson('['.repeat(100_000) + ']'.repeat(100_000), 'report')).toThrow(InvalidInputError)
  })

  it('takes the last of two equal keys, as every database does', () => {
    expect(decodeJson('{"a":1,"a":2}', 'p')).toEqual({ a: 2 })
  })
})
