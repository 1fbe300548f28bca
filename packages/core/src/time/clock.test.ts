import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSystemClock, systemClock } from './clock.ts'

describe('a timer of the machine', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function firedAfter(ms: number, waited: number): boolean {
    let fired = false
    const cancel = systemClock.setTimer(() => {
      fired = true
    }, ms)
    vi.advanceTimersByTime(waited)
    cancel()
    return fired
  }

  it.each([2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32, 5 * 2 ** 31])(
    'of %i ms fires after exactly that',
    (ms) => {
      expect(firedAfter(ms, 1_000)).toBe(false)
      expect(firedAfter(ms, ms - 1)).toBe(false)
      expect(firedAfter(ms, ms)).toBe(true)
    },
  )

  it('of up to 2^53 - 1 ms does not fire early', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2 ** 31, max: Number.MAX_SAFE_INTEGER }), (ms) => {
        expect(firedAfter(ms, 60_000)).toBe(false)
      }),
    )
  })

  it('that is cancelled never fires, also while it waits for its second piece', () => {
    const callback = vi.fn()
    const cancel = systemClock.setTimer(callback, 2 ** 31 + 10)
    vi.advanceTimersByTime(2 ** 31)
    cancel()
    cancel()
    vi.advanceTimersByTime(2 ** 32)
    expect(callback).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('fires once', () => {
    const callback = vi.fn()
    systemClock.setTimer(callback, 2 ** 31)
    vi.advanceTimersByTime(2 ** 33)
    expect(callback).toHaveBeenCalledTimes(1)
  })
})

it('a real timer above 2^31 - 1 ms is not over at once, as setTimeout would be', async () => {
  let early = false
  const cancel = createSystemClock().setTimer(() => {
    early = true
  }, 2 ** 31)
  await new Promise<void>((resolve) => void systemClock.setTimer(resolve, 30))
  cancel()
  expect(early).toBe(false)
})

it('the monotonic clock never steps back', () => {
  const readings = Array.from({ length: 1_000 }, () => systemClock.monotonic())
  expect([...readings].sort((left, right) => left - right)).toEqual(readings)
})
