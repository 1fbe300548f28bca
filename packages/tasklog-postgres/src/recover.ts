import type { RecoveredTask, RecoverRequest, TaskStatus } from '@waybill/core'
import { IS_HELD } from './claim.ts'
import { LOCK_ABOVE_UNLOCKED, type Moved, rollUp } from './roll-up.ts'
import type { Queued, Transaction } from './transaction.ts'

/**
 * Workers whose lease has run out. Locked, so that none comes back to life before what it held is taken; one that is
 * claiming at this moment is left for the next time.
 */
export const LOCK_DEAD_WORKERS = `
SELECT worker FROM {workers} WHERE lease_until <= {now} ORDER BY worker FOR UPDATE SKIP LOCKED`

/** What these workers hold. */
export const CLAIMS_OF_WORKERS = `
SELECT id, worker, parent_id AS "parentId" FROM unnest(:workers::text[]) AS dead (name) CROSS JOIN LATERAL (
  SELECT id, worker, parent_id FROM {tasks} WHERE status IN ('dequeued', 'running') AND worker = name
  ORDER BY cancel_requested, queue LIMIT :limit
) AS held
LIMIT :limit`

/**
 * Ends claims without their workers. `counted` is the attempts that count: one that is dequeued, and whose start would
 * have been written, has not started. The predicate is repeated, so that a settlement that came in between wins.
 */
export const TAKE_BACK: string = `
UPDATE {tasks} SET
  status = CASE WHEN ends_as IS NULL THEN 'enqueued'
    WHEN has_children AND NOT master_status THEN 'child_running' ELSE ends_as END,
  finished_at = CASE WHEN ends_as IS NULL OR (has_children AND NOT master_status) THEN NULL ELSE {moment} END,
  outcome = ends_as,
  reason = CASE WHEN ends_as = 'cancelled' THEN 'cancelled' ELSE 'worker_died' END,
  worker = CASE WHEN ends_as IS NULL THEN NULL ELSE worker END,
  due_at = CASE WHEN ends_as IS NULL THEN {moment} + delay * interval '1 millisecond' ELSE due_at END,
  hold = CASE WHEN ends_as IS NOT NULL THEN NULL WHEN delay > 0 THEN 'due' WHEN limit_key IS NOT NULL THEN 'limit' END,
  attempt = counted, token = NULL, updated_at = {moment}
FROM (
  SELECT held_id, counted,
    CASE WHEN is_unwanted THEN 'cancelled' WHEN counted >= most THEN 'failed' END AS ends_as,
    greatest(0, least(:maxDelayMs::float8, :baseDelayMs::float8 * (2.0::float8 ^ least(counted - 1, 60) - 1))) AS delay
  FROM (
    SELECT id AS held_id, max_attempts AS most, cancel_requested AS is_unwanted,
      attempt - (status = 'dequeued' AND (attempt > 1 OR attempt = max_attempts))::integer AS counted
    FROM {tasks}
    WHERE id = ANY (:ids::uuid[])
  ) AS held
) AS lost
WHERE id = held_id AND ${IS_HELD} AND worker = ANY (:workers::text[])
RETURNING id, queue, status, hold, attempt, parent_id AS "parentId"`

/** Forgets these workers, where they hold nothing. */
export const FORGET_WORKERS = `
DELETE FROM {workers} WHERE worker = ANY (:workers::text[]) AND NOT EXISTS (
  SELECT FROM {tasks} WHERE status IN ('dequeued', 'running') AND {tasks}.worker = {workers}.worker
)`

/** A task in the hands of a worker. */
interface HeldTask {
  readonly id: string
  readonly worker: string
  readonly parentId: string | null
}

/** Takes tasks from workers whose lease has run out. */
export async function recover(transaction: Transaction, request: RecoverRequest): Promise<RecoveredTask[]> {
  const dead = await transaction.rows<{ worker: string }>(LOCK_DEAD_WORKERS)
  const workers = dead.map(({ worker }) => worker)
  return workers.length === 0 ? [] : takeBack(transaction, workers, request)
}

/** Queues what these workers hold again, or ends those that have no attempt left or were asked to cancel. */
export async function takeBack(
  transaction: Transaction,
  workers: readonly string[],
  { limit, baseDelayMs, maxDelayMs }: RecoverRequest,
): Promise<RecoveredTask[]> {
  const held = await transaction.rows<HeldTask>(CLAIMS_OF_WORKERS, { workers, limit })
  const free = held.length === 0 ? [] : await lockFree(transaction, held)
  const taken = { ids: free.map(({ id }) => id), workers, baseDelayMs, maxDelayMs }
  const rows = await transaction.rows<Moved & Queued & { attempt: number }>(TAKE_BACK, taken)
  transaction.queued(rows.filter(({ status }) => status === 'enqueued'))
  const ended: ReadonlyMap<string, TaskStatus> = await rollUp(transaction, rows)
  await transaction.run(FORGET_WORKERS, { workers })
  const holders = new Map(free.map(({ id, worker }) => [id, worker]))
  return rows.map(({ id, queue, status, attempt }) => ({
    id,
    queue,
    worker: holders.get(id) as string,
    status: (ended.get(id) ?? status) as RecoveredTask['status'],
    attempt,
  }))
}

/** Those that nobody keeps locked, by themselves or by their parent; a long transaction of somebody's holds up no other. */
async function lockFree(transaction: Transaction, held: readonly HeldTask[]): Promise<HeldTask[]> {
  const rows = await transaction.rows<{ id: string }>(LOCK_ABOVE_UNLOCKED, { ids: held.map(({ id }) => id) })
  const locked = new Set(rows.map(({ id }) => id))
  return held.filter(({ id, parentId }) => locked.has(id) && (parentId === null || locked.has(parentId)))
}
