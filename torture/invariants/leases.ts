import type { AnsweredCall } from '../evidence/call.ts'
import type { Evidence, Invariant, Violation } from '../evidence/evidence.ts'

/** Leases are whole milliseconds of the log's clock, renewals are dated by ours. */
const SLACK_MS = 20

/** I3: a task has one holder at a time. It changes hands only after it was put back, and is not taken from the living. */
export const oneHolderAtATime: Invariant = (evidence) => {
  const { holdings } = evidence
  const byTask = Map.groupBy(holdings.all, ({ id }) => id)
  return [
    ...[...byTask.values()].flatMap((held) =>
      held.slice(1).flatMap((next, index) => {
        const before = held[index]
        if (before === undefined || holdings.endsOf(before, next.ended).length > 0) return []
        return [`I3: ${next.id} was claimed by ${next.worker} while ${before.worker} held it`]
      }),
    ),
    ...evidence.answered('recover').flatMap((call) => takenFromTheLiving(evidence, call)),
  ]
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
