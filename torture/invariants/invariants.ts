import type { Evidence, Invariant, Violation } from '../evidence/evidence.ts'
import { acknowledgedAfterCommit } from './acknowledgements.ts'
import { startsAreEarned } from './attempts.ts'
import { nothingGrows } from './boundedness.ts'
import { cancelledNeverStarts } from './cancels.ts'
import { countsAddUp } from './counts.ts'
import { acknowledgedIsKept } from './durability.ts'
import { weightsHold } from './fairness.ts'
import { familiesEndTogether } from './families.ts'
import { writesAreFenced } from './fences.ts'
import { keysAreUnique } from './keys.ts'
import { oneHolderAtATime } from './leases.ts'
import { nothingIsLeftOver } from './leftovers.ts'
import { nothingIsInvented, nothingIsLost } from './losses.ts'
import { firstComeFirstServed } from './order.ts'
import { endsAreFinal, movesAreLegal } from './outcomes.ts'
import { usersSeeTheirOwn } from './owners.ts'
import { readyWorkIsTaken } from './progress.ts'
import { everyEndHasAReason } from './reasons.ts'
import { deathsAreNoticedInTime } from './recovery.ts'
import { entriesAreWellFormed, timesAreInOrder } from './shapes.ts'

/** All promises, by the number they have in the design. */
export const INVARIANTS: readonly Invariant[] = [
  nothingIsLost, // I1
  nothingIsInvented, // I2
  oneHolderAtATime, // I3
  writesAreFenced, // I4
  endsAreFinal, // I5
  movesAreLegal, // I6
  entriesAreWellFormed, // I6
  cancelledNeverStarts, // I7
  startsAreEarned, // I8
  countsAddUp, // I9
  familiesEndTogether, // I10
  keysAreUnique, // I11
  acknowledgedAfterCommit, // I12
  usersSeeTheirOwn, // I13
  acknowledgedIsKept, // I14
  timesAreInOrder, // I15
  nothingIsLeftOver, // I16
  deathsAreNoticedInTime, // I17
  readyWorkIsTaken, // I18
  firstComeFirstServed, // I19
  weightsHold, // I20
  nothingGrows, // I21
  everyEndHasAReason, // I22
]

/** Every promise that was broken. */
export function violations(evidence: Evidence): readonly Violation[] {
  return INVARIANTS.flatMap((invariant) => invariant(evidence))
}
