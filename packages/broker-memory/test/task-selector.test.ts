import {
  InvalidInputError,
  Queue,
  StrictPriorityStrategy,
  type TaskSelector,
  WeightStrategy,
} from '@waybill/core'
import { describe, expect, it } from 'vitest'
import { createMemoryBroker } from '../src/index.ts'
import { fixture, sum } from './fixture.ts'

const broker = createMemoryBroker()
const queue = (name: string, weight?: number): Queue =>
  new Queue(name, broker, weight === undefined ? {} : { weight })

/** A small reproducible generator (mulberry32), so that a statistical test always sees the same numbers. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

function firstPicks(selector: TaskSelector, queues: readonly Queue[], picks: number): Map<string, number> {
  const counts = new Map<string, number>(queues.map(({ name }) => [name, 0]))
  for (let pick = 0; pick < picks; pick += 1) {
    const name = (selector.order(queues)[0] as Queue).name
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

function chiSquare(counts: ReadonlyMap<string, number>, queues: readonly Queue[], picks: number): number {
  const total = queues.reduce((sum, { weight }) => sum + weight, 0)
  return queues.reduce((chi, { name, weight }) => {
    const expected = (picks * weight) / total
    return chi + ((counts.get(name) ?? 0) - expected) ** 2 / expected
  }, 0)
}

describe('the weight strategy', () => {
  it('gives the queue of weight 2 about 66 % beside one of weight 1, within a chi-square bound', () => {
    const queues = [queue('one', 1), queue('two', 2)]
    const counts = firstPicks(new WeightStrategy(seeded(1)), queues, 30_000)
    expect((counts.get('two') ?? 0) / 30_000).toBeCloseTo(2 / 3, 1)
    // p = 1e-6 with one degree of freedom
    expect(chiSquare(counts, queues, 30_000)).toBeLessThan(23.93)
  })

  it('holds weights 1, 5 and 94 over 20,000 picks', () => {
    const queues = [queue('a', 1), queue('b', 5), queue('c', 94)]
    const counts = firstPicks(new WeightStrategy(seeded(2)), queues, 20_000)
    // p = 1e-6 with two degrees of freedom
    expect(chiSquare(counts, queues, 20_000)).toBeLessThan(27.63)
  })

  it('asks every queue, so that an empty one never hides another (U12)', () => {
    const queues = [queue('a', 1), queue('b', 1_000), queue('c', 0)]
    const strategy = new WeightStrategy(seeded(3))
    for (let pick = 0; pick < 1_000; pick += 1) {
      expect(
        strategy
          .order(queues)
          .map(({ name }) => name)
          .sort(),
      ).toEqual(['a', 'b', 'c'])
    }
  })

  it('picks among queues that all have weight 0 (U12)', () => {
    const counts = firstPicks(new WeightStrategy(seeded(4)), [queue('a', 0), queue('b', 0)], 1_000)
    expect(Math.min(...counts.values())).toBeGreaterThan(400)
  })

  it('asks a queue of weight 0 only after all others', () => {
    const queues = [queue('never', 0), queue('a', 1), queue('b', 1)]
    const strategy = new WeightStrategy(seeded(5))
    for (let pick = 0; pick < 1_000; pick += 1) expect(strategy.order(queues).at(-1)?.name).toBe('never')
  })

  it('starves nobody: a weight w of W waits no longer than chance allows', () => {
    const queues = [queue('light', 1), queue('heavy', 99)]
    const strategy = new WeightStrategy(seeded(6))
    const bound = Math.ceil(Math.log(1e-9) / Math.log(1 - 1 / 100))
    let since = 0
    for (let pick = 0; pick < 100_000; pick += 1) {
      since = strategy.order(queues)[0]?.name === 'light' ? 0 : since + 1
      expect(since).toBeLessThan(bound)
    }
  })
})

describe('the strict priority strategy', () => {
  it('asks the heaviest queue first, always', () => {
    const queues = [queue('b', 2), queue('a', 1), queue('c', 3)]
    expect(new StrictPriorityStrategy().order(queues).map(({ name }) => name)).toEqual(['c', 'b', 'a'])
  })

  it('waits longer than the weight strategy, and only after a whole empty round', () => {
    expect(new StrictPriorityStrategy().waitMs).toBe(5_000)
    expect(new WeightStrategy().waitMs).toBe(1_000)
  })
})

describe('the weight of a queue', () => {
  it('is 1 by default, and its absolute value counts', () => {
    expect([queue('a').weight, queue('a', -3).weight]).toEqual([1, 3])
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('is a finite number, not %s', (weight) => {
    expect(() => queue('a', weight)).toThrow(InvalidInputError)
  })
})

describe('dequeue', () => {
  it.each([new WeightStrategy(), new StrictPriorityStrategy()])(
    'finds the one task wherever it is',
    async (selector) => {
      const queues = ['a', 'b', 'c'].map(
        (name, index) => new Queue(name, createMemoryBroker(), { weight: index }),
      )
      const { dispatcher } = fixture({ queues, selector })
      for (const name of ['a', 'b', 'c']) {
        const task = await dispatcher.enqueue(sum, { left: 1, right: 1 }, { queue: name })
        expect(await dispatcher.dequeue({ worker: 'w' })).toMatchObject({
          queue: name,
          body: { id: task.id },
        })
        expect(await dispatcher.dequeue({ worker: 'w' })).toBeNull()
      }
    },
  )

  it('asks a strategy of one’s own', async () => {
    const alphabetical: TaskSelector = {
      order: (queues) => [...queues].sort((a, b) => (a.name < b.name ? -1 : 1)),
      waitMs: 10,
    }
    const queues = ['b', 'a'].map((name) => new Queue(name, createMemoryBroker()))
    const { dispatcher } = fixture({ queues, selector: alphabetical })
    for (const name of ['b', 'a']) await dispatcher.enqueue(sum, { left: 1, right: 1 }, { queue: name })
    expect((await dispatcher.dequeue({ worker: 'w' }))?.queue).toBe('a')
  })
})
