import { isEnded, type TaskLogRecord } from '@waybill/core'
import type { Invariant, Violation } from '../evidence/evidence.ts'

/** I6: what an entry says fits where it stands. */
export const entriesAreWellFormed: Invariant = ({ facts }) => facts.remains.records.flatMap(malformed)

function malformed(record: TaskLogRecord): readonly Violation[] {
  const { id, status, outcome, hold, worker, attempt, claimedAt, startedAt, finishedAt } = record
  const ended = isEnded(status)
  const held = status === 'dequeued' || status === 'running'
  const rules: readonly (readonly [holds: boolean, rule: string])[] = [
    [(outcome !== null) === (ended || status === 'child_running'), 'an outcome exactly when it ran'],
    [(finishedAt !== null) === ended, 'an end exactly when it ended'],
    [!ended || status === 'archived' || status === outcome, 'the outcome it ended with'],
    [hold === null || status === 'enqueued', 'a hold only while it waits'],
    [!held || (worker !== null && claimedAt !== null && attempt > 0), 'a holder while it is held'],
    [status !== 'enqueued' || worker === null, 'no holder while it waits'],
    [status !== 'running' || startedAt !== null, 'a start while it runs'],
    [status !== 'child_running' || record.hasChildren, 'children when it waits for some'],
  ]
  return rules.flatMap(([holds, rule]) => (holds ? [] : [`I6: ${id} is ${status} and has not ${rule}`]))
}

/** I15: a task is added, claimed, started and ended in this order by the log's clock, and never before it is due. */
export const timesAreInOrder: Invariant = ({ facts }) =>
  facts.remains.records.flatMap((record) => {
    const { id, createdAt, claimedAt, startedAt, finishedAt, dueAt, updatedAt, worker } = record
    // One that was put back is due anew, and keeps the time of its last claim.
    const claimedWhenDue = worker === null || notBefore(claimedAt, dueAt)
    const rules: readonly (readonly [holds: boolean, rule: string])[] = [
      [notBefore(claimedAt, createdAt), 'claimed before it was added'],
      [claimedWhenDue, 'claimed before it was due'],
      [notBefore(startedAt, claimedAt), 'started before it was claimed'],
      [notBefore(finishedAt, startedAt ?? createdAt), 'ended before it started'],
      [notBefore(updatedAt, createdAt), 'changed before it was added'],
    ]
    return rules.flatMap(([holds, rule]) => (holds ? [] : [`I15: ${id} was ${rule}`]))
  })

function notBefore(later: number | null, earlier: number | null): boolean {
  return later === null || earlier === null || later >= earlier
}
