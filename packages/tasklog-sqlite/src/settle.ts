import type { SettleAnswer, Settlement, TaskStatus } from '@waybill/core'
import { type Moved, rollUp } from './roll-up.ts'
import type { Queued, Transaction } from './transaction.ts'

/** What a settlement says of the run, whichever way the task goes. */
const RUN = `
  report = coalesce(task_report, report), progress = coalesce(task_progress, progress),
  started_at = CASE WHEN status = 'dequeued' AND started_ago IS NOT NULL
    THEN max(claimed_at, :now - started_ago) ELSE started_at END,
  updated_at = :now`

const HELD = `id = task_id AND token = task_token AND status IN ('dequeued', 'running')`

/** Ends held tasks; those with children wait for them. */
export const END_TASKS: string = `
UPDATE {tasks} SET
  status = CASE WHEN has_children AND NOT master_status THEN 'child_running' ELSE task_outcome END,
  finished_at = CASE WHEN has_children AND NOT master_status THEN NULL ELSE :now END,
  outcome = task_outcome, reason = task_reason, attempt = attempt - given_back, ${RUN}
FROM (
  SELECT value ->> 0 AS task_id, value ->> 1 AS task_token, value ->> 2 AS task_outcome, value ->> 3 AS task_reason,
    value ->> 4 AS task_report, value ->> 5 AS task_progress, value ->> 6 AS started_ago, value ->> 7 AS given_back
  FROM json_each(:tasks)
) AS task
WHERE ${HELD}
RETURNING id, token, status, parent_id AS parentId`

/** Queues held tasks again, unless somebody asked to cancel them. */
export const REQUEUE_TASKS: string = `
UPDATE {tasks} SET status = 'enqueued', worker = NULL, due_at = :now + delay,
  hold = CASE WHEN delay > 0 THEN 'due' WHEN limit_key IS NOT NULL THEN 'limit' END,
  reason = task_reason, attempt = attempt - given_back, ${RUN}
FROM (
  SELECT value ->> 0 AS task_id, value ->> 1 AS task_token, value ->> 2 AS delay, value ->> 3 AS task_reason,
    value ->> 4 AS task_report, value ->> 5 AS task_progress, value ->> 6 AS started_ago, value ->> 7 AS given_back
  FROM json_each(:tasks)
) AS task
WHERE ${HELD} AND NOT cancel_requested
RETURNING id, token, status, queue, hold`

/** Where tasks stand, and under which token they were last held. */
export const STANDING = `
SELECT id, token, status FROM {tasks} WHERE id IN (SELECT value FROM json_each(:ids))`

/** Ends, or gives back, held tasks. */
export function settle(transaction: Transaction, settlements: readonly Settlement[]): SettleAnswer[] {
  const first = firstOfEachClaim(settlements)
  const requeued = requeue(transaction, first.filter(isRequeue))
  const back = new Map(requeued.map((row) => [row.id, row]))
  // A requeue that moved nothing was asked to cancel, or is no longer held: it ends, or moves nothing again.
  const ended = end(
    transaction,
    first.filter(({ id, token }) => back.get(id)?.token !== token),
  )
  const standing = new Map<string, Standing>([...requeued, ...ended].map((row) => [row.id, row]))
  for (const [id, status] of rollUp(transaction, ended)) {
    const row = standing.get(id)
    if (row !== undefined) standing.set(id, { ...row, status })
  }
  const missed = settlements.flatMap(({ id }) => (standing.has(id) ? [] : [id]))
  if (missed.length > 0) {
    for (const row of transaction.rows<Standing>(STANDING, { ids: JSON.stringify(missed) }))
      standing.set(row.id, row)
  }
  return settlements.map(({ id, token }) => {
    const row = standing.get(id)
    // The token outlives the claim, so a settlement whose reply was lost is recognised when it comes again.
    return { id, accepted: row?.token === token, status: row?.status ?? null }
  })
}

interface Standing {
  readonly id: string
  readonly token: string | null
  readonly status: TaskStatus
}

function firstOfEachClaim(settlements: readonly Settlement[]): Settlement[] {
  const first = new Map<string, Settlement>()
  for (const settlement of settlements) {
    const key = settlement.id + settlement.token
    if (!first.has(key)) first.set(key, settlement)
  }
  return [...first.values()]
}

function isRequeue({ to }: Settlement): boolean {
  return to === 'retry' || to === 'release'
}

function requeue(transaction: Transaction, settlements: readonly Settlement[]): (Standing & Queued)[] {
  if (settlements.length === 0) return []
  const tasks = settlements.map(({ id, token, to, delayMs, reason, report, progress, startedAgoMs }) => [
    id,
    token,
    delayMs,
    reason,
    report,
    progress,
    wholeAgo(startedAgoMs),
    to === 'release' ? 1 : 0,
  ])
  const rows = transaction.rows<Standing & Queued>(REQUEUE_TASKS, { tasks: JSON.stringify(tasks) })
  transaction.queued(rows)
  return rows
}

function end(transaction: Transaction, settlements: readonly Settlement[]): (Standing & Moved)[] {
  if (settlements.length === 0) return []
  const tasks = settlements.map((settlement) => {
    const { id, token, to, reason, report, progress } = settlement
    const asked = isRequeue(settlement)
    return [
      id,
      token,
      asked ? 'cancelled' : to,
      asked ? 'cancelled' : reason,
      report,
      progress,
      wholeAgo(settlement.startedAgoMs),
      to === 'release' ? 1 : 0,
    ]
  })
  return transaction.rows<Standing & Moved>(END_TASKS, { tasks: JSON.stringify(tasks) })
}

/** A time since the start as whole milliseconds, not negative. */
export function wholeAgo(startedAgoMs: number | null): number | null {
  return startedAgoMs === null ? null : Math.max(0, Math.round(startedAgoMs))
}
