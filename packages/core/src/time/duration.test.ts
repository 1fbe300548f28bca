import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidInputError } from '../errors/errors.ts'
import { durationMs } from './duration.ts'

describe('a duration', () => {
  it.each<[number | string, number]>([
    [0, 0],
    [1_500, 1_500],
    [1.4, 1],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['0s', 0],
    ['250ms', 250],
    ['5s', 5_000],
    ['1.5 m', 90_000],
    ['2h', 7_200_000],
    ['30d', 2_592_000_000],
  ])('%j is %i ms', (duration, ms) => {
    expect(durationMs(duration, 'timeout')).toBe(ms)
  })

  it.each([
    -1,
    -0.1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    '',
    '5',
    's',
    '-5s',
    '5 weeks',
    '5S',
    '1e3s',
    '5s ',
    ' 5s',
    '5s\n',
    '0x10s',
    '999999999999999d',
    null,
    undefined,
    {},
    [5],
    5n,
    true,
    new Date(),
    Object.create(null),
  ])('%s is none: one typed error that names the value', (duration) => {
    expect(() => durationMs(duration as never, 'timeout')).toThrow(InvalidInputError)
    expect(() => durationMs(duration as never, 'timeout')).toThrow(/^timeout: expected milliseconds or/)
  })

  it('is never negative, never above 2^53 - 1 and always whole, or refused', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.double(), fc.stringMatching(/^\d{1,16}(\.\d{1,10})?(ms|s|m|h|d)$/), fc.string()),
        (each) => {
          try {
            const ms = durationMs(each, 'd')
            expect(Number.isSafeInteger(ms) && ms >= 0).toBe(true)
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidInputError)
          }
        },
      ),
    )
  })
})
