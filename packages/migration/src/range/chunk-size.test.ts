import { describe, expect, it } from 'vitest'
import { ChunkSize, chunkLimits } from './chunk-size.ts'

/** Sizes and times of so many chunks, where each takes `overheadMs` and `perUnitMs` for each unit. */
function simulate(
  size: ChunkSize,
  chunks: number,
  perUnitMs: (chunk: number) => number,
  overheadMs = 0.5,
): number[] {
  return Array.from({ length: chunks }, (_, chunk) => {
    const ms = overheadMs + size.value * perUnitMs(chunk)
    size.measured(size.value, ms)
    return ms
  })
}

describe('an adaptive chunk size', () => {
  it.each([
    ['too small a chunk', 0.01],
    ['about the right one', 0.19],
    ['one thirty times too large', 6],
    ['one three hundred times too large', 60],
  ])('settles within 20 %% of its target within 20 chunks from %s', (_, perUnitMs) => {
    const times = simulate(new ChunkSize(chunkLimits()), 40, () => perUnitMs)
    for (const ms of times.slice(20)) expect(ms).toBeGreaterThan(160)
    for (const ms of times.slice(20)) expect(ms).toBeLessThan(240)
  })

  it('grows by a fifth at most, and shrinks as far as it has to', () => {
    const size = new ChunkSize(chunkLimits())
    size.measured(1_000, 1)
    expect(size.value).toBe(1_200)
    const slow = new ChunkSize(chunkLimits())
    slow.measured(1_000, 200_000)
    expect(slow.value).toBe(0 + 1)
  })

  it('stays within its bounds, and follows a database that becomes slower', () => {
    const size = new ChunkSize(chunkLimits({ min: 50, max: 3_000 }))
    simulate(size, 30, () => 0.001)
    expect(size.value).toBe(3_000)
    simulate(size, 30, () => 0.4)
    expect(size.value).toBeGreaterThan(400)
    expect(size.value).toBeLessThan(500)
    simulate(size, 30, () => 100)
    expect(size.value).toBe(50)
  })

  it('learns nothing from a chunk that was much smaller than asked for', () => {
    const size = new ChunkSize(chunkLimits())
    size.measured(3, 150)
    expect(size.value).toBe(1_000)
  })

  it('goes on with the size a run before it had come to', () => {
    expect(new ChunkSize(chunkLimits(), 777).value).toBe(777)
    expect(new ChunkSize(chunkLimits(40), 777).value).toBe(40)
  })
})

it('a fixed size stays as it is', () => {
  const size = new ChunkSize(chunkLimits(40))
  simulate(size, 10, () => 100)
  expect(size.value).toBe(40)
})

it.each([[0], [{ target: '0ms' }], [{ min: 10, max: 5 }], [{ initial: 5, min: 10 }], [{ max: 1.5 }]])(
  'wrong chunk options are refused: %j',
  (options) => {
    expect(() => chunkLimits(options as never)).toThrow(/chunk/)
  },
)
