import type { Evidence, Violation } from '../evidence/evidence.ts'
import { zombieWrites } from '../invariants/fences.ts'
import { violations } from '../invariants/invariants.ts'
import { ZOMBIE_WRITE } from '../invariants/vacuity.ts'
import { World, type WorldOptions } from './world.ts'

/** What became of many worlds. */
export interface SimulatedWorlds {
  readonly worlds: number
  readonly tasks: number
  /** How often each class of fault fired, over all worlds. */
  readonly faults: Readonly<Record<string, number>>
  /** Worlds in which a promise was broken. */
  readonly broken: readonly BrokenWorld[]
}

/** A world in which a promise was broken. */
export interface BrokenWorld {
  readonly seed: number
  readonly violations: readonly Violation[]
}

/** The classes of faults that many worlds together have to see. */
export const SIMULATED_FAULTS: readonly string[] = [
  'call refused',
  'reply lost',
  'call delayed',
  'outage',
  'kill',
  'freeze',
  'freeze past the lease',
  'producer killed',
  ZOMBIE_WRITE,
]

/** Lives through one world after the other; stops at the first broken one if that is enough. */
export async function simulate(
  seeds: Iterable<number>,
  options: WorldOptions & { readonly stopAtFirst?: boolean } = {},
): Promise<SimulatedWorlds> {
  const faults: Record<string, number> = {}
  const broken: BrokenWorld[] = []
  let [worlds, tasks] = [0, 0]
  for (const seed of seeds) {
    const evidence = await World.live(seed, options)
    worlds += 1
    tasks += evidence.facts.remains.records.length
    for (const [name, count] of Object.entries(faultsOf(evidence))) faults[name] = (faults[name] ?? 0) + count
    const found = violations(evidence)
    if (found.length > 0) broken.push({ seed, violations: found })
    if (broken.length > 0 && options.stopAtFirst === true) break
  }
  return { worlds, tasks, faults, broken }
}

function faultsOf(evidence: Evidence): Readonly<Record<string, number>> {
  return { ...evidence.facts.faults, [ZOMBIE_WRITE]: zombieWrites(evidence).length }
}

/** The numbers from the first on. */
export function seedsFrom(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index)
}
