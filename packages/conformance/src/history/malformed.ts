import { isEnded, type TaskLogRecord } from '@waybill/core'

/** I6, I8 and I15 of one entry: its columns fit its status, its attempts their bound, its times each other. */
export function malformed(record: TaskLogRecord): readonly string[] {
  const { status, outcome, hold, worker, attempt, claimedAt, startedAt, finishedAt } = record
  const ended = isEnded(status)
  const held = status === 'dequeued' || status === 'running'
  const promises: readonly (readonly [holds: boolean, promise: string])[] = [
    [
      (outcome !== null) === (ended || status === 'child_running'),
      'I6: it has an outcome exactly when it ran',
    ],
    [(finishedAt !== null) === ended, 'I6: it has an end exactly when it ended'],
    [!ended || status === 'archived' || status === outcome, 'I6: it ended as its outcome says'],
    [hold === null || status === 'enqueued', 'I6: it is held back only while it waits'],
    [!held || (worker !== null && claimedAt !== null && attempt > 0), 'I6: it has a holder while it is held'],
    [status !== 'enqueued' || worker === null, 'I6: it has no holder while it waits'],
    [status !== 'running' || startedAt !== null, 'I6: it has a start while it runs'],
    [status !== 'child_running' || record.hasChildren, 'I6: it waits for children only if it has some'],
    [attempt >= 0 && attempt <= record.maxAttempts, 'I8: it counts no more attempts than it may have'],
    [notBefore(claimedAt, record.createdAt), 'I15: it was claimed after it was added'],
    [notBefore(startedAt, claimedAt), 'I15: it started after it was claimed'],
    [notBefore(finishedAt, startedAt ?? record.createdAt), 'I15: it ended after it started'],
    [notBefore(record.updatedAt, record.createdAt), 'I15: it was changed after it was added'],
  ]
  return promises.flatMap(([holds, promise]) =>
    holds ? [] : [`${promise}, not so ${JSON.stringify(record)}`],
  )
}

function notBefore(later: number | null, earlier: number | null): boolean {
  return later === null || earlier === null || later >= earlier
}
