import type { HeartbeatAnswer, WorkerBeat, WorkerState } from '@waybill/core'
import { HELD_UNDER_TOKEN, LOCK_WORKER } from './claim.ts'
import type { Connection } from './connection.ts'
import { batches, each } from './literals.ts'
import { takeBack } from './recover.ts'
import type { Bit } from './rows.ts'
import { idOf, lengthOf, wholeAgo } from './settle.ts'
import { type Parameters, read, type Transaction, write } from './transaction.ts'

/** Whether a lease has run out. Locked: while recover has the row it may take all the worker held and forget it. */
export const READ_LEASE = `
SELECT lease_until <= {now} AS expired FROM {workers} WHERE worker = :worker FOR UPDATE`

/** Renews a lease. */
export const RENEW_LEASE = `
INSERT INTO {workers} (worker, started_at, beat_at, lease_until, info)
VALUES (:worker, {now}, {now}, {now} + :leaseMs, :info)
ON DUPLICATE KEY UPDATE
  beat_at = {now}, lease_until = {now} + :leaseMs, info = COALESCE(:info, info)`

/** Of these, what is held and not locked by somebody else, whose transaction must not hold up the beat. */
export const LOCK_OPEN_TASKS: string = `${HELD_UNDER_TOKEN} FOR UPDATE SKIP LOCKED`

/** Writes down what is running, where that is news. */
export const SAVE_OPEN_TASKS = `
UPDATE {tasks} FORCE INDEX (tasks_id) SET
  started_at = COALESCE(started_at, GREATEST(claimed_at, {moment} - :startedAgo)), status = 'running',
  progress = COALESCE(:progress, progress), report = COALESCE(:report, report), updated_at = {moment}
WHERE id IN (:ids) AND token = :token
  AND (status = 'dequeued' OR (status = 'running' AND (:progress IS NOT NULL OR :report IS NOT NULL)))`

/** What a worker holds that somebody asked to cancel. */
export const CANCEL_REQUESTED = `SELECT id FROM {tasks} WHERE stage = 'asked' AND worker = :worker`

/** Lets a lease run out. */
export const EXPIRE_LEASE = `UPDATE {workers} SET lease_until = {now} WHERE worker = :worker`

/** All workers and how much each holds. */
export const WORKER_STATES = `
SELECT worker, info, started_at AS startedAt, beat_at AS beatAt, lease_until AS leaseUntil,
  lease_until > {now} AS alive, COALESCE(held, 0) AS held
FROM {workers} LEFT JOIN (
  SELECT worker, COUNT(*) AS held FROM {tasks} FORCE INDEX (tasks_stage)
  WHERE stage IN ('held', 'asked') GROUP BY worker
) AS claims USING (worker)
ORDER BY worker`

/** Renews a worker's lease and writes down what is running. */
export async function heartbeat(connection: Connection, beat: WorkerBeat): Promise<HeartbeatAnswer> {
  const { worker, leaseMs, info, open } = beat
  return write(connection, async (transaction) => {
    const [lease] = await transaction.rows<{ expired: Bit }>(READ_LEASE, { worker })
    await transaction.run(RENEW_LEASE, { worker, leaseMs, info })
    const lost = open.length === 0 ? [] : await saveOpenTasks(transaction, open)
    const cancelled = await transaction.rows<{ id: string }>(CANCEL_REQUESTED, { worker })
    return {
      // A beat whose commit was not confirmed may have renewed a lease that had run out, and nobody was told.
      expired: transaction.isRepeat || lease?.expired !== 0,
      lost,
      cancelRequested: cancelled.map(({ id }) => id),
    }
  })
}

/** Answers the ids of those that are no longer held under their token. */
async function saveOpenTasks(transaction: Transaction, open: WorkerBeat['open']): Promise<string[]> {
  const lost: string[] = []
  for (const tasks of batches(open, lengthOf)) {
    const free = await transaction.rows<{ id: string }>(LOCK_OPEN_TASKS, openTasksOf(tasks))
    const unlocked = new Set(free.map(({ id }) => id))
    const saved = tasks.filter(({ id }) => unlocked.has(id))
    if (saved.length > 0) await transaction.run(SAVE_OPEN_TASKS, openTasksOf(saved))
    const rows = await transaction.rows<{ id: string }>(HELD_UNDER_TOKEN, openTasksOf(tasks))
    const held = new Set(rows.map(({ id }) => id))
    lost.push(...tasks.flatMap(({ id }) => (held.has(id) ? [] : [id])))
  }
  return lost
}

function openTasksOf(tasks: WorkerBeat['open']): Parameters {
  const eachTask = each('id', tasks, idOf)
  return {
    ids: tasks.map(idOf),
    token: eachTask(({ token }) => token),
    startedAgo: eachTask(({ startedAgoMs }) => wholeAgo(startedAgoMs)),
    progress: eachTask(({ progress }) => progress),
    report: eachTask(({ report }) => report),
  }
}

/** Forgets a worker; what it holds is given back. What somebody keeps locked is left for recover. */
export async function retire(connection: Connection, worker: string): Promise<void> {
  await write(connection, async (transaction) => {
    // One that begins only now holds nothing yet, and is not to be forgotten for it.
    if ((await transaction.rows(LOCK_WORKER, { worker })).length === 0) return
    await transaction.run(EXPIRE_LEASE, { worker })
    await takeBack(transaction, [worker], { limit: ALL, baseDelayMs: 0, maxDelayMs: 0 })
  })
}

const ALL = Number.MAX_SAFE_INTEGER

/** The workers the log knows. */
export async function workerStates(connection: Connection): Promise<WorkerState[]> {
  const rows = await read(connection, (transaction) =>
    transaction.rows<Omit<WorkerState, 'alive'> & { readonly alive: Bit }>(WORKER_STATES),
  )
  return rows.map((row) => ({ ...row, alive: row.alive === 1 }))
}
