import type { AnsweredCall } from '../evidence/call.ts'
import type { Evidence, Invariant, Violation } from '../evidence/evidence.ts'
import type { Holding, Holdings } from '../evidence/holdings.ts'

/** Leases are whole milliseconds of the log's clock, renewals are dated by ours. */
const SLACK_MS = 20

/** I3: a task has one holder at a time. It changes hands only after it was put back, and is not taken from the living. */
export const oneHolderAtATime: Invariant = (evidence) => {
  const { holdings } = evidence
  const byTask = Map.groupBy(holdings.all, ({ id }) => id)
  return [
    ...[...byTask.values()].flatMap((held) => overlaps(holdings, held)),
    ...evidence.answered('recover').flatMap((call) => takenFromTheLiving(evidence, call)),
  ]
}

/** A claim took effect somewhere between its beginning and its answer: of two at the same time either may have come first. */
function overlaps(holdings: Holdings, held: readonly Holding[]): readonly Violation[] {
  const answered = held.toSorted((left, right) => left.ended - right.ended)
  return answered.slice(1).flatMap((next, index) => {
    const before = answered[index] as Holding
    const isOver = holdings.endsOf(before, next.ended).length > 0
    const mayComeAfter = next.began < before.ended && holdings.endsOf(next, before.ended).length > 0
    if (isOver || mayComeAfter) return []
    return [`I3: ${next.id} was claimed by ${next.worker} while ${before.worker} held it`]
  })
}

function takenFromTheLiving(
  evidence: Evidence,
  { answer, began, ended }: AnsweredCall<'recover'>,
): readonly Violation[] {
  return answer.flatMap(({ id, worker }) => {
    const beat = lastBeat(evidence, worker, began)
    if (beat === undefined || hasLeft(evidence, worker, ended)) return []
    const leaseLeftMs = beat.began + beat.input.leaseMs - SLACK_MS - ended
    return leaseLeftMs > 0
      ? [`I3: ${id} was taken from ${worker}, whose lease had ${Math.round(leaseLeftMs)} ms left`]
      : []
  })
}

function lastBeat(evidence: Evidence, worker: string, before: number): AnsweredCall<'heartbeat'> | undefined {
  return evidence
    .answered('heartbeat')
    .findLast((beat) => beat.input.worker === worker && beat.ended < before)
}

function hasLeft(evidence: Evidence, worker: string, before: number): boolean {
  return evidence.all('retire').some(({ input, began }) => input === worker && began < before)
}
