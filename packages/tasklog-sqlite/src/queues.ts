import type { QueueState } from '@waybill/core'
import type { Transaction } from './transaction.ts'

/** Changes what limits a queue; null leaves `paused` as it is, `changes` tells whether to touch the concurrency. */
export const SET_QUEUE = `
INSERT INTO {queues} (queue, paused, concurrency) VALUES (:queue, coalesce(:paused, 0), :concurrency)
ON CONFLICT (queue) DO UPDATE SET
  paused = coalesce(:paused, paused),
  concurrency = CASE WHEN :changesConcurrency THEN :concurrency ELSE concurrency END`

/**
 * All queues that have a row or an entry that waits or is held, counted from the partial indexes alone: finished tasks
 * are never looked at. The oldest ready task is the one that was added first.
 */
export const QUEUE_STATES = `
WITH ready AS (
  SELECT queue, count(*) AS ready, min(seq) AS oldest FROM {tasks}
  WHERE status = 'enqueued' AND hold IS NULL GROUP BY queue
), due AS (
  SELECT queue, count(*) AS due FROM {tasks} WHERE hold = 'due' GROUP BY queue
), limited AS (
  SELECT queue, count(*) AS limited FROM {tasks} WHERE hold = 'limit' GROUP BY queue
), held AS (
  SELECT queue, count(*) AS held FROM {tasks} WHERE status IN ('dequeued', 'running') GROUP BY queue
), named AS (
  SELECT queue FROM {queues} UNION SELECT queue FROM ready UNION SELECT queue FROM due
  UNION SELECT queue FROM limited UNION SELECT queue FROM held
)
SELECT queue, coalesce(paused, 0) AS paused, concurrency, coalesce(ready, 0) AS ready, coalesce(due, 0) AS due,
  coalesce(limited, 0) AS limited, coalesce(held, 0) AS held,
  (SELECT created_at FROM {tasks} WHERE seq = oldest) AS oldestReadyAt
FROM named LEFT JOIN {queues} USING (queue) LEFT JOIN ready USING (queue) LEFT JOIN due USING (queue)
  LEFT JOIN limited USING (queue) LEFT JOIN held USING (queue)
ORDER BY queue`

/** Pauses, resumes or limits a queue. */
export function setQueue(
  transaction: Transaction,
  queue: string,
  { paused, concurrency }: { readonly paused?: boolean; readonly concurrency?: number | null },
): void {
  transaction.run(SET_QUEUE, {
    queue,
    paused: paused === undefined ? null : Number(paused),
    concurrency: concurrency ?? null,
    changesConcurrency: Number(concurrency !== undefined),
  })
  transaction.readyQueues.add(queue)
}

/** The queues the log knows. */
export function queueStates(transaction: Transaction): QueueState[] {
  const rows = transaction.rows<Omit<QueueState, 'paused'> & { paused: 0 | 1 }>(QUEUE_STATES)
  return rows.map((row) => ({ ...row, paused: row.paused === 1 }))
}
