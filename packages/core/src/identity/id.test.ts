import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTaskId, createToken, isTaskId } from './id.ts'

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

function timeOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

/** Later than every id that was made before in this process. */
function future(): number {
  return timeOf(createTaskId(0)) + 1_000
}

describe('a task id', () => {
  it('is a lower-case UUID version 7 that tells its time', () => {
    const now = future()
    const id = createTaskId(now)
    expect(id).toMatch(UUID_V7)
    expect(isTaskId(id)).toBe(true)
    expect(timeOf(id)).toBe(now)
  })

  it('sorts after all that were made before, however the clock steps', () => {
    const steps = fc.array(fc.integer({ min: -10_000, max: 10_000 }), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(steps, (offsets) => {
        const now = future()
        const ids = offsets.map((offset) => createTaskId(now + offset))
        expect(ids.every((id) => UUID_V7.test(id))).toBe(true)
        expect([...ids].sort()).toEqual(ids)
        expect(new Set(ids).size).toBe(ids.length)
      }),
    )
  })

  it('of one millisecond are 50,000 different ones in order: the counter overflows into the next millisecond', () => {
    const now = future()
    const ids = Array.from({ length: 50_000 }, () => createTaskId(now))
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(ids).size).toBe(50_000)
    expect(timeOf(ids.at(-1) as string)).toBeGreaterThan(now + 10)
    expect(timeOf(ids.at(-1) as string)).toBeLessThan(now + 25)
  })

  it('goes on from the last one when the clock steps back a day', () => {
    const now = future()
    const before = createTaskId(now)
    const after = createTaskId(now - 86_400_000)
    expect(after > before).toBe(true)
    expect(timeOf(after)).toBe(now)
  })

  it('has 62 random bits, so that no two processes make the same', () => {
    const tails = Array.from({ length: 10_000 }, () => createTaskId(0).slice(19))
    expect(new Set(tails).size).toBe(10_000)
    for (let bit = 0; bit < 12; bit += 1) {
      expect(new Set(tails.map((tail) => tail.at(-1 - bit))).size).toBe(16)
    }
  })

  it.each([
    '',
    'x',
    '0192F3A0-0000-7000-8000-000000000000',
    '{0192f3a0-0000-7000-8000-000000000000}',
    '0192f3a0-0000-7000-8000-000000000000\n',
    '0192f3a00000700080000000000000000000',
    null,
    7,
    ['0192f3a0-0000-7000-8000-000000000000'],
  ])('is not %j', (value) => {
    expect(isTaskId(value)).toBe(false)
  })
})

it('a token is 32 hex digits, and never the same', () => {
  const tokens = Array.from({ length: 10_000 }, createToken)
  expect(tokens.every((token) => /^[0-9a-f]{32}$/.test(token))).toBe(true)
  expect(new Set(tokens).size).toBe(10_000)
})
