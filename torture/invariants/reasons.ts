import { isEnded } from '@waybill/core'
import type { Invariant } from '../evidence/evidence.ts'

/** I22: what did not complete says why, for programs, and so does what was put back. */
export const everyEndHasAReason: Invariant = ({ facts: { remains } }) =>
  remains.records.flatMap(({ id, status, outcome, reason, attempt }) => {
    const needsOne = isEnded(status) ? outcome !== 'completed' : status === 'enqueued' && attempt > 0
    return needsOne && reason === null ? [`I22: ${id} is ${status} and does not say why`] : []
  })
