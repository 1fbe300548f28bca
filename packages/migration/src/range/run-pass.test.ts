import type { Clock, TaskContext } from '@waybill/core'
import { expect, it } from 'vitest'
import type { HeldPass } from '../positions/position-store.ts'
import { newRange } from '../positions/range-table.ts'
import { estimate } from '../run/estimate.ts'
import { arraySource } from '../source/array-source.ts'
import { chunkLimits } from './chunk-size.ts'
import { Control } from './control.ts'
import { NEW_PASS, type PassState } from './pass-state.ts'
import { runPass } from './run-pass.ts'

const UNITS = 10_000

/** Goes over units by a clock that only the work moves on: so long for a chunk, for its commit, and between two chunks. */
async function pass(times: { perUnit: number; commit: number; between: number }, chunk: number | object) {
  let now = 0
  const clock: Clock = { now: () => now, monotonic: () => now, setTimer: () => () => {} }
  const context = { attempt: 1, signal: new AbortController().signal } as unknown as TaskContext
  const seen: { state: PassState; at: number }[] = []
  let state = NEW_PASS
  const held: HeldPass<null> = {
    get state() {
      return state
    },
    async commit(work) {
      state = await work(null)
      now += times.commit
    },
  }
  const control = new Control({
    context,
    clock,
    pausedBy: async () => null,
    health: [
      () => {
        now += times.between
        return null
      },
    ],
    pollMs: 1_000,
    healthMs: 10,
    onWait: () => {},
  })
  const source = arraySource(Array.from({ length: UNITS }, (_, index) => index))
  await runPass({
    reader: await source.open({ from: null, to: null, total: UNITS }),
    readsInside: false,
    handler: {
      kind: 'batch',
      judges: false,
      run: (values) => {
        now += values.length * times.perUnit
      },
    },
    take: async () => held,
    unitContext: { migration: 'm', range: 0, dryRun: false, signal: context.signal },
    context,
    clock,
    control,
    chunk: chunkLimits(chunk as never),
    budgetLeft: async () => 0,
    isTransient: () => false,
    onChunk: (next) => seen.push({ state: next, at: now }),
  })
  return { seen, endedAt: now }
}

it.each([
  ['chunks alone', { perUnit: 1, commit: 0, between: 0 }, 100],
  ['slow commits', { perUnit: 0.1, commit: 20, between: 0 }, 100],
  ['as long between chunks as in them', { perUnit: 0.5, commit: 0, between: 50 }, 100],
  ['chunks that are still growing', { perUnit: 1, commit: 1, between: 1 }, { initial: 50, target: 100 }],
] as const)(
  'after a twentieth of the work the time left is known within a tenth: %s',
  async (_, times, chunk) => {
    const { seen, endedAt } = await pass(times, chunk)
    const made = seen.find(({ state }) => state.done >= UNITS * 0.05)
    const range = {
      ...newRange({ range: 0, from: null, to: null, total: UNITS }),
      process: made?.state ?? NEW_PASS,
    }
    const { leftMs } = estimate([range], 'process', new Set([0]))
    const reallyLeft = endedAt - (made?.at ?? 0)
    expect(Math.abs((leftMs ?? 0) - reallyLeft) / reallyLeft).toBeLessThan(0.1)
  },
)

it('what chunks take is summed up, what lies between them is not', async () => {
  const { seen, endedAt } = await pass({ perUnit: 0.5, commit: 10, between: 50 }, 100)
  const chunks = seen.length
  // The last commit has nothing after it that it could be counted with.
  expect(seen.at(-1)?.state.activeMs).toBeCloseTo(endedAt - chunks * 50 - 10)
})
