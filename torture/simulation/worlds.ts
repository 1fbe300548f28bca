import { expect, it } from 'vitest'
import { SIMULATED_FAULTS, seedsFrom, simulate } from './simulate.ts'
import type { WorldOptions } from './world.ts'

const TIMEOUT_MS = 600_000

/** Declares that no world of these seeds breaks a promise, and that together they saw every class of fault. */
export function worldsKeepTheirPromises(
  first: number,
  count: number,
  faults: readonly string[],
  options: WorldOptions = {},
): void {
  it(
    `${count} worlds from seed ${first} on break no promise`,
    async () => {
      const outcome = await simulate(seedsFrom(first, count), options)
      // Replay one with: npm run torture -- --simulation --seed <seed>
      expect(outcome.broken).toEqual([])
      const fired = Object.keys(outcome.faults)
      expect(fired).toEqual(expect.arrayContaining([...SIMULATED_FAULTS, ...faults]))
    },
    TIMEOUT_MS,
  )
}
