import type { QueueState } from '@waybill/core'
import { epochMs } from './columns.ts'
import type { Transaction } from './transaction.ts'

/** Changes what limits a queue; null leaves `paused` as it is, `changesConcurrency` tells whether to touch the other. */
export const SET_QUEUE = `
INSERT INTO {queues} AS known (queue, paused, concurrency)
VALUES (:queue, coalesce(:paused::boolean, false), :concurrency::integer)
ON CONFLICT (queue) DO UPDATE SET
  paused = coalesce(:paused, known.paused),
  concurrency = CASE WHEN :changesConcurrency THEN excluded.concurrency ELSE known.concurrency END`

/**
 * All queues that have a row or an entry that waits or is held, counted from the partial indexes alone: finished tasks
 * are never looked at.
 */
export const QUEUE_STATES: string = `
WITH ready AS (
  SELECT queue, count(*) AS ready, min(created_at) AS oldest FROM {tasks}
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
SELECT queue, coalesce(paused, false) AS paused, concurrency, coalesce(ready, 0) AS ready, coalesce(due, 0) AS due,
  coalesce(limited, 0) AS limited, coalesce(held, 0) AS held, ${epochMs('oldest')} AS "oldestReadyAt"
FROM named LEFT JOIN {queues} USING (queue) LEFT JOIN ready USING (queue) LEFT JOIN due USING (queue)
  LEFT JOIN limited USING (queue) LEFT JOIN held USING (queue)
ORDER BY queue`

/** Pauses, resumes or limits a queue. */
export async function setQueue(
  transaction: Transaction,
  queue: string,
  { paused, concurrency }: { readonly paused?: boolean; readonly concurrency?: number | null },
): Promise<void> {
  await transaction.run(SET_QUEUE, {
    queue,
    paused: paused ?? null,
    concurrency: concurrency ?? null,
    changesConcurrency: concurrency !== undefined,
  })
  transaction.readyQueues.add(queue)
}

/** The queues the log knows. */
export async function queueStates(transaction: Transaction): Promise<QueueState[]> {
  return transaction.rows<QueueState>(QUEUE_STATES)
}
