import type { QueueState } from '@waybill/core'
import type { Connection } from './connection.ts'
import type { Bit } from './rows.ts'
import { read, write } from './transaction.ts'

/** Changes what limits a queue; null leaves `paused` as it is, `changesConcurrency` tells whether to touch the other. */
export const SET_QUEUE = `
INSERT INTO {queues} (queue, paused, concurrency) VALUES (:queue, COALESCE(:paused, 0), :concurrency)
ON DUPLICATE KEY UPDATE
  paused = COALESCE(:paused, paused),
  concurrency = CASE WHEN :changesConcurrency = 1 THEN :concurrency ELSE concurrency END`

/**
 * All queues that have a row or an entry that waits or is held, counted from one index alone: finished tasks are never
 * looked at. The oldest ready task is the one that was added first.
 */
export const QUEUE_STATES = `
SELECT queue, COALESCE(MAX(paused), 0) AS paused, MAX(concurrency) AS concurrency,
  SUM(ready) AS ready, SUM(due) AS due, SUM(limited) AS limited, SUM(held) AS held,
  (SELECT created_at FROM {tasks} WHERE seq = MAX(oldest)) AS oldestReadyAt
FROM (
  SELECT queue, paused, concurrency, 0 AS ready, 0 AS due, 0 AS limited, 0 AS held, NULL AS oldest FROM {queues}
  UNION ALL
  SELECT queue, NULL, NULL, COUNT(*), 0, 0, 0, MIN(seq) FROM {tasks} WHERE stage = 'ready' GROUP BY queue
  UNION ALL
  SELECT queue, NULL, NULL, 0, COUNT(*), 0, 0, NULL FROM {tasks} WHERE stage = 'due' GROUP BY queue
  UNION ALL
  SELECT queue, NULL, NULL, 0, 0, COUNT(*), 0, NULL FROM {tasks} WHERE stage = 'limit' GROUP BY queue
  UNION ALL
  SELECT queue, NULL, NULL, 0, 0, 0, COUNT(*), NULL FROM {tasks} WHERE stage = 'held' GROUP BY queue
  UNION ALL
  SELECT queue, NULL, NULL, 0, 0, 0, COUNT(*), NULL FROM {tasks} WHERE stage = 'asked' GROUP BY queue
) AS counted
GROUP BY queue ORDER BY queue`

/** Pauses, resumes or limits a queue. */
export async function setQueue(
  connection: Connection,
  queue: string,
  { paused, concurrency }: { readonly paused?: boolean; readonly concurrency?: number | null },
): Promise<void> {
  await write(connection, async (transaction) => {
    await transaction.run(SET_QUEUE, {
      queue,
      paused: paused === undefined ? null : Number(paused),
      concurrency: concurrency ?? null,
      changesConcurrency: Number(concurrency !== undefined),
    })
    transaction.readyQueues.add(queue)
  })
}

/** The queues the log knows. */
export async function queueStates(connection: Connection): Promise<QueueState[]> {
  const rows = await read(connection, (transaction) =>
    transaction.rows<Omit<QueueState, 'paused'> & { readonly paused: Bit }>(QUEUE_STATES),
  )
  return rows.map((row) => ({ ...row, paused: row.paused === 1 }))
}
