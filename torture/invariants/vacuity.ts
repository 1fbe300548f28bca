import type { Evidence, Violation } from '../evidence/evidence.ts'
import { zombieWrites } from './fences.ts'

/** Fails a run that proves nothing: in which a class of fault that was asked for never fired. */
export function vacuous(evidence: Evidence, expected: readonly string[]): readonly Violation[] {
  const fired: Readonly<Record<string, number>> = {
    ...evidence.facts.faults,
    [ZOMBIE_WRITE]: zombieWrites(evidence).length,
  }
  return expected.filter((name) => (fired[name] ?? 0) === 0).map((name) => `vacuous: no ${name}`)
}

/** A class of fault that shows in the history only: a worker writes after it has lost the task. */
export const ZOMBIE_WRITE = 'zombie write'
