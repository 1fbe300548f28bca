import type { HeartbeatAnswer, WorkerBeat, WorkerState } from '@waybill/core'
import { heldPlaces } from './claim.ts'
import { CLAIMS_OF_WORKER, type HeldTask, takeBack } from './recover.ts'
import { wholeAgo } from './settle.ts'
import type { Transaction } from './transaction.ts'

/** Until when a worker was to be taken for alive. */
export const READ_LEASE = `SELECT lease_until AS leaseUntil FROM {workers} WHERE worker = :worker`

/** Renews a lease. */
export const RENEW_LEASE = `
INSERT INTO {workers} (worker, started_at, beat_at, lease_until, info)
VALUES (:worker, :now, :now, :now + :leaseMs, :info)
ON CONFLICT (worker) DO UPDATE SET
  beat_at = excluded.beat_at, lease_until = excluded.lease_until, info = coalesce(excluded.info, info)`

/** Writes down what is running, where that is news. */
export const SAVE_OPEN_TASKS = `
UPDATE {tasks} SET status = 'running',
  started_at = CASE WHEN status = 'dequeued' THEN max(claimed_at, :now - started_ago) ELSE started_at END,
  progress = coalesce(task_progress, progress), report = coalesce(task_report, report), updated_at = :now
FROM (
  SELECT value ->> 0 AS task_id, value ->> 1 AS task_token, value ->> 2 AS started_ago,
    value ->> 3 AS task_progress, value ->> 4 AS task_report
  FROM json_each(:tasks)
) AS task
WHERE id = task_id AND token = task_token
  AND (status = 'dequeued' OR status = 'running' AND (task_progress IS NOT NULL OR task_report IS NOT NULL))`

/** What a worker holds that somebody asked to cancel. */
export const CANCEL_REQUESTED = `
SELECT id FROM {tasks} WHERE status IN ('dequeued', 'running') AND worker = :worker AND cancel_requested = 1`

/** Forgets a worker. */
export const FORGET_WORKER = `DELETE FROM {workers} WHERE worker = :worker`

/** All workers and how much each holds. */
export const WORKER_STATES = `
SELECT worker, info, started_at AS startedAt, beat_at AS beatAt, lease_until AS leaseUntil, lease_until > :now AS alive,
  (SELECT count(*) FROM {tasks} WHERE status IN ('dequeued', 'running') AND worker = {workers}.worker) AS held
FROM {workers} ORDER BY worker`

/** Renews a worker's lease and writes down what is running. */
export function heartbeat(transaction: Transaction, beat: WorkerBeat): HeartbeatAnswer {
  const { worker, leaseMs, info, open } = beat
  const lease = transaction.row<{ leaseUntil: number }>(READ_LEASE, { worker })
  transaction.run(RENEW_LEASE, { worker, leaseMs, info })
  return {
    expired: lease === undefined || lease.leaseUntil <= transaction.now,
    lost: open.length === 0 ? [] : saveOpenTasks(transaction, open),
    cancelRequested: transaction.rows<{ id: string }>(CANCEL_REQUESTED, { worker }).map(({ id }) => id),
  }
}

/** Answers the ids of those that are no longer held under their token. */
function saveOpenTasks(transaction: Transaction, open: WorkerBeat['open']): string[] {
  const tasks = JSON.stringify(
    open.map(({ id, token, startedAgoMs, progress, report }) => [
      id,
      token,
      wholeAgo(startedAgoMs),
      progress,
      report,
    ]),
  )
  transaction.run(SAVE_OPEN_TASKS, { tasks })
  const held = heldPlaces(transaction, tasks)
  return open.flatMap(({ id }, place) => (held.has(place) ? [] : [id]))
}

/** Forgets a worker; what it holds is given back. */
export function retire(transaction: Transaction, worker: string): void {
  const held = transaction.rows<HeldTask>(CLAIMS_OF_WORKER, { worker })
  if (held.length > 0) takeBack(transaction, held, { baseDelayMs: 0, maxDelayMs: 0 })
  transaction.run(FORGET_WORKER, { worker })
}

/** The workers the log knows. */
export function workerStates(transaction: Transaction): WorkerState[] {
  const rows = transaction.rows<Omit<WorkerState, 'alive'> & { alive: 0 | 1 }>(WORKER_STATES)
  return rows.map((row) => ({ ...row, alive: row.alive === 1 }))
}
