import fc from 'fast-check'
import { expect, it } from 'vitest'
import { backoffMs, DEFAULT_BACKOFF } from './backoff.ts'

const policy = fc.record({
  baseMs: fc.nat(1_000_000),
  maxMs: fc.nat(1_000_000_000),
  factor: fc.double({ min: 0.5, max: 1_000, noNaN: true }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
})
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

it('waits 1, 2, 4 ... seconds up to 5 minutes, at least half of it', () => {
  const longest = [1, 2, 3, 4, 9, 10, 11].map((attempt) => backoffMs(attempt, DEFAULT_BACKOFF, 0))
  expect(longest).toEqual([1_000, 2_000, 4_000, 8_000, 256_000, 300_000, 300_000])
  expect(backoffMs(1, DEFAULT_BACKOFF, 0.999_999)).toBe(500)
})

it('is whole milliseconds from 0 to the maximum for every attempt from 0 to a million', () => {
  for (let attempt = 0; attempt <= 1_000_000; attempt += 1) {
    const ms = backoffMs(attempt, DEFAULT_BACKOFF, 0.25)
    if (!Number.isInteger(ms) || ms < 0 || ms > DEFAULT_BACKOFF.maxMs)
      throw new Error(`attempt ${attempt}: ${ms}`)
  }
})

it('is so under every policy', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), policy, random, (attempt, each, chance) => {
      const ms = backoffMs(attempt, each, chance)
      expect(Number.isInteger(ms) && ms >= 0 && ms <= each.maxMs).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

it('never gets shorter from one attempt to the next when the factor is 1 or more', () => {
  fc.assert(
    fc.property(fc.nat(1_000), policy, random, (attempt, each, chance) => {
      const grows = { ...each, factor: Math.max(1, each.factor) }
      expect(backoffMs(attempt + 1, grows, chance)).toBeGreaterThanOrEqual(backoffMs(attempt, grows, chance))
    }),
  )
})
