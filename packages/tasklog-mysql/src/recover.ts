import {
  type EndStatus,
  isEnded,
  type RecoveredTask,
  type RecoverRequest,
  type TaskHold,
  type TaskReason,
} from '@waybill/core'
import type { Connection } from './connection.ts'
import { batches, each } from './literals.ts'
import { LOCK_TASKS_UNLOCKED, lockAbove, type Moved, rollUp } from './roll-up.ts'
import type { Bit } from './rows.ts'
import { type Transaction, write } from './transaction.ts'

/**
 * Workers whose lease has run out. Locked, so that none comes back to life before what it held is taken; one that is
 * claiming at this moment is left for the next time.
 */
export const LOCK_DEAD_WORKERS = `
SELECT worker FROM {workers} WHERE lease_until <= {now} ORDER BY worker FOR UPDATE SKIP LOCKED`

/** What these workers hold. */
export const CLAIMS_OF_WORKERS = `
SELECT id, parent_id AS parentId FROM {tasks} FORCE INDEX (tasks_stage)
WHERE stage IN ('held', 'asked') AND worker IN (:workers) LIMIT :limit`

/** What decides about claims whose workers are gone. The predicate is repeated, so that a settlement that came in between wins. */
export const HELD_BY_WORKERS = `
SELECT seq, id, queue, worker, parent_id AS parentId, status, attempt, max_attempts AS maxAttempts, limit_key AS limitKey,
  cancel_requested AS cancelRequested, has_children AS hasChildren, master_status AS masterStatus
FROM {tasks} WHERE id IN (:ids) AND status IN ('dequeued', 'running') AND worker IN (:workers)`

/** Ends claims without their workers. */
export const TAKE_BACK = `
UPDATE {tasks} FORCE INDEX (PRIMARY) SET
  finished_at = CASE WHEN :isEnded THEN {moment} END,
  due_at = CASE WHEN :isQueued THEN {moment} + :delay ELSE due_at END,
  worker = CASE WHEN :isQueued THEN NULL ELSE worker END,
  status = :status, outcome = :outcome, reason = :reason, hold = :hold, attempt = :attempt, token = NULL,
  updated_at = {moment}
WHERE seq IN (:seqs)`

/** Forgets these workers, where they hold nothing. */
export const FORGET_WORKERS = `
DELETE FROM {workers} WHERE worker IN (:workers) AND NOT EXISTS (
  SELECT 1 FROM {tasks} FORCE INDEX (tasks_stage)
  WHERE stage IN ('held', 'asked') AND {tasks}.worker = {workers}.worker
)`

interface HeldTask extends Moved {
  readonly seq: number
  readonly queue: string
  readonly worker: string
  readonly attempt: number
  readonly maxAttempts: number
  readonly limitKey: string | null
  readonly cancelRequested: Bit
  readonly hasChildren: Bit
  readonly masterStatus: Bit
}

/** What becomes of a held task. */
interface TakenTask extends Moved {
  readonly seq: number
  readonly queue: string
  readonly worker: string
  readonly outcome: EndStatus | null
  readonly reason: TaskReason
  readonly hold: TaskHold | null
  readonly attempt: number
  readonly delayMs: number
}

/** Takes tasks from workers whose lease has run out. */
export async function recover(connection: Connection, request: RecoverRequest): Promise<RecoveredTask[]> {
  return write(connection, async (transaction) => {
    const dead = await transaction.rows<{ worker: string }>(LOCK_DEAD_WORKERS)
    const workers = dead.map(({ worker }) => worker)
    return workers.length === 0 ? [] : takeBack(transaction, workers, request)
  })
}

/** Queues what these workers hold again, or ends those that have no attempt left or were asked to cancel. */
export async function takeBack(
  transaction: Transaction,
  workers: readonly string[],
  request: RecoverRequest,
): Promise<RecoveredTask[]> {
  const claims = await transaction.rows<Claimed>(CLAIMS_OF_WORKERS, { workers, limit: request.limit })
  const ids = claims.length === 0 ? [] : await lockFree(transaction, claims)
  const held = ids.length === 0 ? [] : await transaction.rows<HeldTask>(HELD_BY_WORKERS, { ids, workers })
  const taken = held.map((task) => takenBack(task, request))
  if (taken.length > 0) await save(transaction, taken)
  const ended = await rollUp(transaction, taken)
  await transaction.run(FORGET_WORKERS, { workers })
  return taken.map(({ id, queue, worker, status, attempt }) => ({
    id,
    queue,
    worker,
    status: (ended.get(id) ?? status) as RecoveredTask['status'],
    attempt,
  }))
}

interface Claimed {
  readonly id: string
  readonly parentId: string | null
}

/** Those that nobody keeps locked, by themselves or by their parent; a long transaction of somebody's holds up no other. */
async function lockFree(transaction: Transaction, claims: readonly Claimed[]): Promise<string[]> {
  const ids = claims.map(({ id }) => id)
  const locked = await lockAbove(transaction, ids, LOCK_TASKS_UNLOCKED)
  return claims
    .filter(({ id, parentId }) => locked.has(id) && (parentId === null || locked.has(parentId)))
    .map(({ id }) => id)
}

function takenBack(task: HeldTask, { baseDelayMs, maxDelayMs }: RecoverRequest): TakenTask {
  const { seq, id, queue, worker, parentId } = task
  const attempt = countedAttempt(task)
  const outcome = task.cancelRequested ? 'cancelled' : attempt >= task.maxAttempts ? 'failed' : null
  const delayMs = Math.max(0, Math.min(maxDelayMs, baseDelayMs * (2 ** Math.min(attempt - 1, 60) - 1)))
  return {
    ...{ seq, id, queue, worker, parentId, attempt, outcome, delayMs },
    status:
      outcome === null ? 'enqueued' : task.hasChildren && !task.masterStatus ? 'child_running' : outcome,
    reason: outcome === 'cancelled' ? 'cancelled' : 'worker_died',
    hold: outcome !== null ? null : delayMs > 0 ? 'due' : task.limitKey === null ? null : 'limit',
  }
}

/** One that is dequeued, and whose start would have been written, has not started: its attempt does not count. */
function countedAttempt({ status, attempt, maxAttempts }: HeldTask): number {
  const hasNotStarted = status === 'dequeued' && (attempt > 1 || attempt === maxAttempts)
  return hasNotStarted ? attempt - 1 : attempt
}

async function save(transaction: Transaction, tasks: readonly TakenTask[]): Promise<void> {
  for (const batch of batches(tasks, () => 0)) {
    const eachTask = each('seq', batch, ({ seq }) => seq)
    await transaction.run(TAKE_BACK, {
      seqs: batch.map(({ seq }) => seq),
      isEnded: eachTask(({ status }) => Number(isEnded(status))),
      isQueued: eachTask(({ status }) => Number(status === 'enqueued')),
      delay: eachTask(({ delayMs }) => Math.round(delayMs)),
      status: eachTask(({ status }) => status),
      outcome: eachTask(({ outcome }) => outcome),
      reason: eachTask(({ reason }) => reason),
      hold: eachTask(({ hold }) => hold),
      attempt: eachTask(({ attempt }) => attempt),
    })
  }
  transaction.queued(tasks.filter(({ status }) => status === 'enqueued'))
}
