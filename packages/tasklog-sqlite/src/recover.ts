import type { RecoveredTask, RecoverRequest, TaskStatus } from '@waybill/core'
import { type Moved, rollUp } from './roll-up.ts'
import type { Queued, Transaction } from './transaction.ts'

/**
 * Claims of workers whose lease has run out, or that have no row at all. One jump through the index for each worker that
 * holds something, however much it holds: most sweeps find nothing and must cost nothing.
 */
export const EXPIRED_CLAIMS = `
WITH RECURSIVE holders (worker) AS (
  SELECT min(worker) FROM {tasks} WHERE status IN ('dequeued', 'running')
  UNION ALL
  SELECT (SELECT min(worker) FROM {tasks} WHERE status IN ('dequeued', 'running') AND worker > holders.worker)
  FROM holders WHERE holders.worker IS NOT NULL
)
SELECT seq, id, holders.worker FROM holders JOIN {tasks} AS task ON task.worker = holders.worker
WHERE status IN ('dequeued', 'running')
  AND holders.worker NOT IN (SELECT worker FROM {workers} WHERE lease_until > :now)
LIMIT :limit`

/** What one worker holds. */
export const CLAIMS_OF_WORKER = `
SELECT seq, id, worker FROM {tasks} WHERE status IN ('dequeued', 'running') AND worker = :worker`

/**
 * Ends claims without their workers. `counted` is the attempts that count: one that is dequeued, and whose start would
 * have been written, has not started. A shift in place of a power: it wraps to nothing where the attempt is 0.
 */
export const TAKE_BACK = `
UPDATE {tasks} SET
  status = CASE WHEN ends_as IS NULL THEN 'enqueued'
    WHEN has_children AND NOT master_status THEN 'child_running' ELSE ends_as END,
  finished_at = CASE WHEN ends_as IS NULL OR (has_children AND NOT master_status) THEN NULL ELSE :now END,
  outcome = ends_as,
  reason = CASE WHEN ends_as = 'cancelled' THEN 'cancelled' ELSE 'worker_died' END,
  worker = CASE WHEN ends_as IS NULL THEN NULL ELSE worker END,
  due_at = CASE WHEN ends_as IS NULL THEN :now + delay ELSE due_at END,
  hold = CASE WHEN ends_as IS NOT NULL THEN NULL WHEN delay > 0 THEN 'due' WHEN limit_key IS NOT NULL THEN 'limit' END,
  attempt = counted, token = NULL, updated_at = :now
FROM (
  SELECT held_seq, counted,
    CASE WHEN cancel_requested THEN 'cancelled' WHEN counted >= max_attempts THEN 'failed' END AS ends_as,
    CAST(max(0, min(:maxDelayMs, :baseDelayMs * ((1 << min(counted - 1, 40)) - 1))) AS INTEGER) AS delay
  FROM (
    SELECT seq AS held_seq, max_attempts, cancel_requested,
      attempt - (status = 'dequeued' AND (attempt > 1 OR attempt = max_attempts)) AS counted
    FROM {tasks}
    WHERE seq IN (SELECT value FROM json_each(:seqs)) AND status IN ('dequeued', 'running')
  )
) AS lost
WHERE seq = held_seq
RETURNING id, queue, status, hold, attempt, parent_id AS parentId`

/** Forgets workers whose lease has run out and that hold nothing. */
export const FORGET_DEAD_WORKERS = `
DELETE FROM {workers} WHERE lease_until <= :now AND NOT EXISTS (
  SELECT 1 FROM {tasks} WHERE status IN ('dequeued', 'running') AND worker = {workers}.worker
)`

/** A task in the hands of a worker. */
export interface HeldTask {
  readonly seq: number
  readonly id: string
  readonly worker: string
}

/** Takes tasks from workers whose lease has run out. */
export function recover(transaction: Transaction, request: RecoverRequest): RecoveredTask[] {
  const held = transaction.rows<HeldTask>(EXPIRED_CLAIMS, { limit: request.limit })
  const recovered = held.length === 0 ? [] : takeBack(transaction, held, request)
  transaction.run(FORGET_DEAD_WORKERS)
  return recovered
}

/** Queues held tasks again, or ends those that have no attempt left or were asked to cancel. */
export function takeBack(
  transaction: Transaction,
  held: readonly HeldTask[],
  { baseDelayMs, maxDelayMs }: Pick<RecoverRequest, 'baseDelayMs' | 'maxDelayMs'>,
): RecoveredTask[] {
  const seqs = JSON.stringify(held.map(({ seq }) => seq))
  const rows = transaction.rows<Moved & Queued & { attempt: number }>(TAKE_BACK, {
    seqs,
    baseDelayMs,
    maxDelayMs,
  })
  transaction.queued(rows.filter(({ status }) => status === 'enqueued'))
  const ended: ReadonlyMap<string, TaskStatus> = rollUp(transaction, rows)
  const workers = new Map(held.map(({ id, worker }) => [id, worker]))
  return rows.map(({ id, queue, status, attempt }) => ({
    id,
    queue,
    worker: workers.get(id) as string,
    status: (ended.get(id) ?? status) as RecoveredTask['status'],
    attempt,
  }))
}
