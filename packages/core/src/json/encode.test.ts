import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidInputError } from '../errors/errors.ts'
import { decodeJson } from './decode.ts'
import { encodeJson, MAX_JSON_BYTES } from './encode.ts'

function refusal(value: unknown): { path: string; code: string; message: string } {
  try {
    encodeJson(value, 'parameters')
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    return { path: error.path, code: error.code, message: error.message }
  }
  throw new Error('nothing was refused')
}

function nested(depth: number, kind: 'array' | 'object'): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level += 1) value = kind === 'array' ? [value] : { a: value }
  return value
}

describe('what is encoded', () => {
  it('comes back as it was, or is refused, whatever it is', () => {
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withUnicodeString: true,
    })
    fc.assert(
      fc.property(fc.oneof(anything, fc.jsonValue(), fc.string({ unit: 'binary' })), (value) => {
        let text: string
        try {
          text = encodeJson(value, 'parameters')
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidInputError)
          return
        }
        expect(isDeepStrictEqual(decodeJson(text, 'parameters'), value)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('is every JSON value without forbidden keys, odd numbers and odd characters', () => {
    const key = fc.string({ unit: 'grapheme', maxLength: 5 }).filter((each) => each !== '__proto__')
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom(null, true, false, 0, '', {}, []),
        fc.maxSafeInteger(),
        fc.double({ noNaN: true, min: -1e15, max: 1e15 }).map((number) => number + 0),
        fc.string({ unit: 'grapheme' }),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(key, tie('value'), { maxKeys: 4 }),
      ),
    }))
    fc.assert(fc.property(value, (each) => encodeJson(each, 'p') === JSON.stringify(each)))
  })

  it('may have no prototype, or one from another realm', () => {
    const bare: unknown = Object.assign(Object.create(null), { i: 1 })
    expect(encodeJson(bare, 'p')).toBe('{"i":1}')
  })

  it('may hold the same object twice', () => {
    const shared = { i: 1 }
    expect(encodeJson([shared, { shared }], 'p')).toBe('[{"i":1},{"shared":{"i":1}}]')
  })
})

describe('what JSON would lose or change is refused with its exact path', () => {
  class Money {
    readonly amount = 1
  }
  const cycle: Record<string, unknown> = { items: [{}] }
  ;(cycle['items'] as Record<string, unknown>[])[0] = { back: cycle }
  const holes = [1, 2, 3]
  delete holes[1]

  it.each<[string, unknown, string]>([
    ['undefined at the root', undefined, 'parameters'],
    ['undefined in an object', { a: { b: undefined } }, 'parameters.a.b'],
    ['undefined in an array', [1, undefined], 'parameters[1]'],
    ['a function', { run: () => 1 }, 'parameters.run'],
    ['a symbol', [Symbol('s')], 'parameters[0]'],
    ['a symbol as a key', { a: { [Symbol('s')]: 1 } }, 'parameters.a'],
    ['NaN', { price: Number.NaN }, 'parameters.price'],
    ['Infinity', [Number.POSITIVE_INFINITY], 'parameters[0]'],
    ['-Infinity', [Number.NEGATIVE_INFINITY], 'parameters[0]'],
    ['-0', { n: -0 }, 'parameters.n'],
    ['2^53', { n: 2 ** 53 }, 'parameters.n'],
    ['-2^53', { n: -(2 ** 53) }, 'parameters.n'],
    ['a BigInt', { n: 1n }, 'parameters.n'],
    ['a Date', { at: new Date(0) }, 'parameters.at'],
    ['an invalid Date', { at: new Date(Number.NaN) }, 'parameters.at'],
    ['a Map', { m: new Map([[1, 2]]) }, 'parameters.m'],
    ['a Set', { s: new Set([1]) }, 'parameters.s'],
    ['a RegExp', { r: /x/ }, 'parameters.r'],
    ['an Error', { e: new Error('x') }, 'parameters.e'],
    ['a Buffer', { b: Buffer.from('x') }, 'parameters.b'],
    ['a typed array', { t: new Uint8Array(2) }, 'parameters.t'],
    ['a boxed number', { n: Object(1) }, 'parameters.n'],
    ['a class instance', { money: new Money() }, 'parameters.money'],
    ['a cycle', cycle, 'parameters.items[0].back'],
    [
      'a getter',
      {
        get secret() {
          throw new Error('the getter ran')
        },
      },
      'parameters.secret',
    ],
    ['a toJSON function', { a: { toJSON: () => 1 } }, 'parameters.a.toJSON'],
    [
      'a hidden toJSON function',
      Object.defineProperty({}, 'toJSON', { value: () => 1 }),
      'parameters.toJSON',
    ],
    ['a sparse array', { list: holes }, 'parameters.list'],
    ['an array with a property', { list: Object.assign([1], { extra: 1 }) }, 'parameters.list'],
    ['a getter in an array', [Object.defineProperty([0], 0, { get: () => 1 })], 'parameters[0][0]'],
    ['a lone surrogate', { a: 'x\ud800' }, 'parameters.a'],
    ['a lone surrogate in a key', { 'x\udfff': 1 }, 'parameters["x\\udfff"]'],
    ['NUL', { a: 'x\0' }, 'parameters.a'],
    ['NUL in a key', { 'x\0': 1 }, 'parameters["x\\u0000"]'],
    ['__proto__', JSON.parse('{"a":{"__proto__":{"admin":true}}}'), 'parameters.a.__proto__'],
    ['constructor', { a: { constructor: 1 } }, 'parameters.a.constructor'],
    ['prototype', { prototype: 1 }, 'parameters.prototype'],
    ['a key with a dot', { 'a.b': undefined }, 'parameters["a.b"]'],
    [
      'a Proxy that throws',
      new Proxy(
        {},
        {
          ownKeys() {
            throw new Error('no')
          },
        },
      ),
      'parameters',
    ],
  ])('%s', (_, value, path) => {
    expect(refusal(value)).toMatchObject({ path, code: 'invalid_input' })
  })

  it('and Object.prototype is as it was', () => {
    expect(Object.keys(Object.prototype)).toEqual([])
    expect('admin' in {}).toBe(false)
  })
})

describe('the limits', () => {
  it('64 levels are encoded, 65 are refused', () => {
    for (const kind of ['array', 'object'] as const) {
      expect(encodeJson(nested(64, kind), 'p')).toContain('1')
      expect(refusal(nested(65, kind)).message).toContain('nested deeper than 64 levels')
    }
  })

  it('a depth of 100,000 overflows no stack', () => {
    expect(refusal(nested(100_000, 'array')).code).toBe('invalid_input')
  })

  it.each([
    ['one byte a character', 'x', MAX_JSON_BYTES - 2],
    ['two bytes a character', 'é', (MAX_JSON_BYTES - 2) / 2],
    ['four bytes a character', '😀', Math.floor((MAX_JSON_BYTES - 2) / 4)],
  ])('1 MB of UTF-8 is encoded, a character more is refused: %s', (_, character, count) => {
    expect(encodeJson(character.repeat(count), 'p')).toHaveLength(count * character.length + 2)
    expect(refusal(character.repeat(count + 1))).toMatchObject({
      path: 'parameters',
      code: 'payload_too_large',
    })
  })

  it('escapes count too', () => {
    expect(refusal('\n'.repeat(MAX_JSON_BYTES / 2)).code).toBe('payload_too_large')
  })

  it('a smaller limit can be asked for', () => {
    expect(encodeJson('12345678', 'p', { maxBytes: 10 })).toBe('"12345678"')
    expect(() => encodeJson('123456789', 'p', { maxBytes: 10 })).toThrow(/more than 10 bytes/)
  })

  it('2^60 references to one array are refused at once', () => {
    let value: unknown = [1]
    for (let level = 0; level < 60; level += 1) value = [value, value]
    expect(refusal(value).code).toBe('payload_too_large')
  })
})
