import type { Evidence } from '../evidence/evidence.ts'
import { zombieWrites } from '../invariants/fences.ts'
import { recoveries } from '../invariants/recovery.ts'

/** What happened in a run, in numbers. */
export interface Figures {
  readonly tasks: number
  /** Starts of tasks, from the ledger. */
  readonly runs: number
  readonly kills: number
  /** Workers that were frozen past their lease and woke. */
  readonly woken: number
  /** Writes of workers that had lost the task by then, and how many of those were accepted. */
  readonly zombieWrites: number
  readonly zombieWritesAccepted: number
  readonly repliesLost: number
  /** Tasks that were taken back from dead workers while nothing else was wrong, and how long that took. */
  readonly recoveries: Spread
  /** The same where the store was out of reach meanwhile, or others stood still. */
  readonly recoveriesInTrouble: Spread
  /** How often each fault fired. */
  readonly faults: Readonly<Record<string, number>>
}

/** How values are spread, in milliseconds. */
export interface Spread {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly p100: number
}

/** The figures of a run. */
export function figuresOf(evidence: Evidence): Figures {
  const { facts } = evidence
  const zombies = zombieWrites(evidence)
  const taken = recoveries(evidence)
  return {
    tasks: facts.remains.records.length,
    runs: facts.runs.length,
    kills: facts.deaths.length,
    woken: facts.faults['freeze past the lease'] ?? 0,
    zombieWrites: zombies.length,
    zombieWritesAccepted: zombies.filter(({ isAccepted }) => isAccepted).length,
    repliesLost: facts.faults['reply lost'] ?? 0,
    recoveries: spread(taken.filter(({ isCalm }) => isCalm).map(({ ms }) => ms)),
    recoveriesInTrouble: spread(taken.filter(({ isCalm }) => !isCalm).map(({ ms }) => ms)),
    faults: facts.faults,
  }
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((left, right) => left - right)
  const at = (share: number): number => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0)
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), p100: at(1) }
}
