import { describe, expect, test } from 'vitest'
import { StoreError } from '../errors/errors.ts'
import { Batcher } from './batcher.ts'

/** A batcher that notes its groups and answers each item with itself. */
function noting(options: { limit?: number; inFlight?: number } = {}) {
  const groups: (readonly number[])[] = []
  const batcher = new Batcher<number, number>({
    limit: options.limit ?? 100,
    inFlight: options.inFlight ?? 1,
    async handle(items) {
      groups.push(items)
      return items
    },
  })
  return { batcher, groups }
}

describe('a batcher', () => {
  test('sends what is submitted at once as one group and answers each', async () => {
    const { batcher, groups } = noting()
    expect(await Promise.all([1, 2, 3].map((item) => batcher.submit(item)))).toEqual([1, 2, 3])
    expect(groups).toEqual([[1, 2, 3]])
  })

  test('lets one item alone leave in the same turn of the event loop', async () => {
    const { batcher, groups } = noting()
    void batcher.submit(1)
    await new Promise((resolve) => setImmediate(resolve))
    expect(groups).toEqual([[1]])
  })

  test('gathers what promises bring one after another', async () => {
    const { batcher, groups } = noting()
    const submitted: Promise<number>[] = []
    for (let item = 1; item <= 20; item += 1) {
      submitted.push(batcher.submit(item))
      for (let turn = 0; turn < 10; turn += 1) await null
    }
    await Promise.all(submitted)
    expect(groups).toHaveLength(1)
  })

  test('sends no group above its limit, and the rest after it', async () => {
    const { batcher, groups } = noting({ limit: 2 })
    await Promise.all([1, 2, 3, 4, 5].map((item) => batcher.submit(item)))
    expect(groups).toEqual([[1, 2], [3, 4], [5]])
  })

  test('has no more groups under way than it may', async () => {
    let [underWay, most] = [0, 0]
    const batcher = new Batcher<number, number>({
      limit: 1,
      inFlight: 2,
      async handle(items) {
        underWay += 1
        most = Math.max(most, underWay)
        await new Promise((resolve) => setImmediate(resolve))
        underWay -= 1
        return items
      },
    })
    await Promise.all([1, 2, 3, 4, 5].map((item) => batcher.submit(item)))
    expect(most).toBe(2)
  })

  test('tries one by one what was refused together, so that a bad item takes no other with it', async () => {
    const batcher = new Batcher<number, number>({
      limit: 100,
      inFlight: 1,
      async handle(items) {
        if (items.includes(2)) throw new StoreError('store_refused', 'no 2')
        return items
      },
    })
    const outcomes = await Promise.allSettled([1, 2, 3].map((item) => batcher.submit(item)))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  test('fails all of a group when the store is not well', async () => {
    const batcher = new Batcher<number, number>({
      limit: 100,
      inFlight: 1,
      handle: () => Promise.reject(new StoreError('store_unavailable', 'gone', { retryable: true })),
    })
    const outcomes = await Promise.allSettled([1, 2].map((item) => batcher.submit(item)))
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })
})
