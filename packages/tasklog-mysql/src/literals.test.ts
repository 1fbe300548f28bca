import { describe, expect, test } from 'vitest'
import { batches, bind, bytes, each, Fragment, literal } from './literals.ts'

describe('a literal', () => {
  test.each([
    [null, 'NULL'],
    ['plain text, 100 %?', `'plain text, 100 %?'`],
    ['', `''`],
    [`it's`, `_utf8mb4 X'69742773'`],
    ['a\\', `_utf8mb4 X'615C'`],
    ['é', `_utf8mb4 X'C3A9'`],
    ['a\0', `_utf8mb4 X'6100'`],
    [7, '7'],
    [-1.5, '-1.5'],
    [1e21, '1e+21'],
    [Number.POSITIVE_INFINITY, String(Number.MAX_VALUE)],
    [new Fragment('NOW()'), 'NOW()'],
    [['a', 1], `'a', 1`],
    [[], 'NULL'],
  ])('of %j is %s', (value, sql) => {
    expect(literal(value)).toBe(sql)
  })

  test('has no quote and no backslash of the text it is made of', () => {
    for (let code = 0; code < 0x300; code += 1) {
      expect(literal(String.fromCharCode(code))).toMatch(/^(_utf8mb4 X'[0-9A-F]*'|'[ -&(-[\]-~]')$/)
    }
  })

  test('of a number that is none is refused', () => {
    expect(() => literal(Number.NaN)).toThrow(TypeError)
  })

  test('of bytes compares with bytes', () => {
    expect(bytes('aé').text).toBe(`X'61C3A9'`)
  })
})

describe('a statement', () => {
  test('gets the values of its parameters, each once, whatever they look like', () => {
    expect(bind('a = :a AND b IN (:list) AND c = :a', { a: ':list', list: [1, 2] })).toBe(
      `a = ':list' AND b IN (1, 2) AND c = ':list'`,
    )
  })

  test('is not made without a value for a parameter', () => {
    expect(() => bind('a = :a', {})).toThrow(':a')
  })
})

describe('a value for each row', () => {
  test('that is the same for all is written once', () => {
    expect(each('id', ['a', 'b'], (id) => id)(() => 7).text).toBe('7')
    expect(each('id', [], String)(() => 7).text).toBe('NULL')
  })

  test('is found by the place of its key', () => {
    const values = new Map([[3, 'x']])
    const found = each('seq', [3, 4], (seq) => seq)((seq) => values.get(seq) ?? null)
    expect(found.text).toBe(`ELT(FIELD(seq, 3, 4), 'x', NULL)`)
  })
})

describe('batches', () => {
  const items = (...ids: string[]): { id: string }[] => ids.map((id) => ({ id }))

  test('hold so many items at most', () => {
    expect(batches(items('a', 'b', 'c'), () => 0, 2)).toEqual([items('a', 'b'), items('c')])
  })

  test('hold so much at most, and a single item of any size', () => {
    expect(batches(items('a', 'b', 'c'), () => 2_000_000)).toEqual([items('a', 'b'), items('c')])
    expect(batches(items('a', 'b'), () => 9_000_000)).toEqual([items('a'), items('b')])
  })

  test('never hold an id twice', () => {
    expect(batches(items('a', 'b', 'a'), () => 0)).toEqual([items('a', 'b'), items('a')])
  })

  test('of nothing are none', () => {
    expect(batches([], () => 0)).toEqual([])
  })
})
