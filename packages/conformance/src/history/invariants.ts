import type { TaskLogRecord } from '@waybill/core'
import { brokenFamilies } from './families.ts'
import { brokenFences } from './fences.ts'
import type { History } from './history.ts'
import { losses } from './losses.ts'
import { malformed } from './malformed.ts'
import { brokenOutcomes } from './outcomes.ts'
import { brokenTurns } from './turns.ts'

/**
 * What must hold of any history, and of the entries it left behind, however its calls were interleaved: one sentence
 * for each thing that does not. I1 no loss, I2 no invention, I3 one holder at a time, I4 writes are fenced, I5 one
 * outcome, I6 entries are well formed, I7 what was cancelled never starts, I8 attempts are earned, I10 families end
 * together, I11 one entry per key, I15 times are in order.
 */
export function brokenInvariants(history: History, records: readonly TaskLogRecord[]): readonly string[] {
  return [
    ...losses(history, records),
    ...brokenTurns(history, records),
    ...brokenFences(history),
    ...brokenOutcomes(history, records),
    ...records.flatMap((record) => malformed(record)),
    ...brokenFamilies(history, records),
  ]
}
