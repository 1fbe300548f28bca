import type { HeartbeatAnswer, WorkerBeat, WorkerState } from '@waybill/core'
import { heldAmong, IS_HELD, LOCK_WORKER } from './claim.ts'
import { epochMs } from './columns.ts'
import { takeBack } from './recover.ts'
import { givenParameters, givenRows } from './rows.ts'
import { byId, wholeAgo } from './settle.ts'
import type { Transaction } from './transaction.ts'

/**
 * Renews a lease; answers whether it had run out. Computed by the write itself: while it waits for the row, recover may
 * take all the worker held and forget the worker. A repeat says again what the beat before it said, whose reply was lost.
 */
export const RENEW_LEASE = `
INSERT INTO {workers} AS known (worker, started_at, beat_at, lease_until, was_expired, info)
VALUES (:worker, {now}, {now}, {now} + :leaseMs * interval '1 millisecond', true, :info::jsonb)
ON CONFLICT (worker) DO UPDATE SET
  beat_at = excluded.beat_at, lease_until = excluded.lease_until, info = coalesce(excluded.info, known.info),
  was_expired = known.lease_until <= excluded.beat_at OR (:isRepeat AND known.was_expired)
RETURNING was_expired AS expired`

/** Writes down what is running, where that is news. */
export const SAVE_OPEN_TASKS: string = `
UPDATE {tasks} SET status = 'running',
  started_at = CASE WHEN status = 'dequeued'
    THEN greatest(claimed_at, {moment} - started_ago * interval '1 millisecond') ELSE started_at END,
  progress = coalesce(task_progress::jsonb, progress), report = coalesce(task_report::jsonb, report),
  updated_at = {moment}
FROM ${givenRows({
  task_id: 'uuid',
  task_token: 'text',
  started_ago: 'bigint',
  task_progress: 'text',
  task_report: 'text',
})}
WHERE id = task_id AND token = task_token AND ${IS_HELD}
  AND (status <> 'running' OR task_progress IS NOT NULL OR task_report IS NOT NULL)`

/** What a worker holds that somebody asked to cancel. */
export const CANCEL_REQUESTED = `
SELECT id FROM {tasks} WHERE status IN ('dequeued', 'running') AND worker = :worker AND cancel_requested`

/** Lets a lease run out. */
export const EXPIRE_LEASE = `UPDATE {workers} SET lease_until = {now} WHERE worker = :worker`

/** All workers and how much each holds. */
export const WORKER_STATES: string = `
SELECT worker, info, ${epochMs('started_at')} AS "startedAt", ${epochMs('beat_at')} AS "beatAt",
  ${epochMs('lease_until')} AS "leaseUntil", lease_until > {now} AS alive,
  (SELECT count(*) FROM {tasks} WHERE status IN ('dequeued', 'running') AND {tasks}.worker = {workers}.worker) AS held
FROM {workers} ORDER BY worker`

/** Renews a worker's lease and writes down what is running. */
export async function heartbeat(
  transaction: Transaction,
  { worker, leaseMs, info, open }: WorkerBeat,
  isRepeat: boolean,
): Promise<HeartbeatAnswer> {
  const [lease] = await transaction.prepared<{ expired: boolean }>(RENEW_LEASE, {
    worker,
    leaseMs,
    info,
    isRepeat,
  })
  const lost = open.length === 0 ? [] : await saveOpenTasks(transaction, open)
  const cancelled = await transaction.rows<{ id: string }>(CANCEL_REQUESTED, { worker })
  return { expired: lease?.expired === true, lost, cancelRequested: cancelled.map(({ id }) => id) }
}

/** Answers the ids of those that are no longer held under their token. */
async function saveOpenTasks(transaction: Transaction, open: WorkerBeat['open']): Promise<string[]> {
  const tasks = givenParameters(open.toSorted(byId), {
    task_id: ({ id }) => id,
    task_token: ({ token }) => token,
    started_ago: ({ startedAgoMs }) => wholeAgo(startedAgoMs),
    task_progress: ({ progress }) => progress,
    task_report: ({ report }) => report,
  })
  await transaction.run(SAVE_OPEN_TASKS, tasks)
  const isHeld = await heldAmong(transaction, open)
  return open.filter((task) => !isHeld(task)).map(({ id }) => id)
}

/** Forgets a worker; what it holds is given back. What somebody keeps locked is left for recover. */
export async function retire(transaction: Transaction, worker: string): Promise<void> {
  // One that begins only now holds nothing yet, and is not to be forgotten for it.
  if ((await transaction.run(LOCK_WORKER, { worker })) === 0) return
  await transaction.run(EXPIRE_LEASE, { worker })
  await takeBack(transaction, [worker], { limit: ALL, baseDelayMs: 0, maxDelayMs: 0 })
}

const ALL = Number.MAX_SAFE_INTEGER

/** The workers the log knows. */
export async function workerStates(transaction: Transaction): Promise<WorkerState[]> {
  return transaction.rows<WorkerState>(WORKER_STATES)
}
