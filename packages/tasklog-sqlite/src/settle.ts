import type { EndStatus, SettleAnswer, Settlement, TaskStatus } from '@waybill/core'
import { type Moved, rollUp } from './roll-up.ts'
import type { Queued, Transaction } from './transaction.ts'

const WAITS = 'has_children AND NOT master_status'

const RUN = `
  reason = ?, report = coalesce(?, report), progress = coalesce(?, progress), attempt = attempt - ?,
  started_at = CASE status WHEN 'dequeued' THEN coalesce(max(claimed_at, ?), started_at) ELSE started_at END,
  updated_at = ?
WHERE id = ? AND token = ? AND status IN ('dequeued', 'running')`

const END = `
UPDATE {tasks} SET status = CASE WHEN ${WAITS} THEN 'child_running' ELSE ? END, outcome = ?,
  finished_at = CASE WHEN ${WAITS} THEN NULL ELSE ? END, ${RUN}`

/**
 * Ends a held task that has no family. One at a time, since a statement costs no round trip, and without RETURNING, which
 * would cost more than the update itself: there is nothing to learn about such a task but that it moved.
 */
export const END_TASKS: string = `${END} AND parent_id IS NULL AND NOT has_children`

/** Ends a held task whatever its family; one that has children waits for them. */
export const END_IN_FAMILY: string = `${END}
RETURNING id, status, parent_id AS parentId`

/** Queues a held task again, unless somebody asked to cancel it. */
export const REQUEUE_TASKS: string = `
UPDATE {tasks} SET status = 'enqueued', worker = NULL, due_at = ?,
  hold = CASE WHEN ? THEN 'due' WHEN limit_key IS NOT NULL THEN 'limit' END, ${RUN} AND NOT cancel_requested
RETURNING queue, hold`

/** Where tasks stand, and under which token they were last held. */
export const STANDING = `
SELECT id, token, status FROM {tasks} WHERE id IN (SELECT value FROM json_each(:ids))`

/** Ends, or gives back, held tasks. */
export function settle(transaction: Transaction, settlements: readonly Settlement[]): SettleAnswer[] {
  const families: Moved[] = []
  const moved = settlements.map((settlement) => settleOne(transaction, settlement, families))
  const closed = rollUp(transaction, families)
  const missed = settlements.flatMap(({ id }, index) => (moved[index] === null ? [id] : []))
  const standing = standingOf(transaction, missed)
  return settlements.map(({ id, token }, index) => {
    const status = moved[index] ?? null
    if (status !== null) return { id, accepted: true, status: closed.get(id) ?? status }
    const row = standing.get(id)
    // The token outlives the claim, so a settlement whose reply was lost is recognised when it comes again.
    return { id, accepted: row?.token === token, status: row?.status ?? null }
  })
}

/** Answers where the task went; null when it is not held under the token. */
function settleOne(transaction: Transaction, settlement: Settlement, families: Moved[]): TaskStatus | null {
  const { to } = settlement
  if (to !== 'retry' && to !== 'release') return end(transaction, settlement, to, families)
  return (
    requeue(transaction, settlement) ??
    end(transaction, { ...settlement, reason: 'cancelled' }, 'cancelled', families)
  )
}

function requeue(transaction: Transaction, settlement: Settlement): 'enqueued' | null {
  const { delayMs } = settlement
  const row = transaction.row<Queued>(REQUEUE_TASKS, [
    transaction.now + delayMs,
    delayMs > 0 ? 1 : 0,
    ...runValues(transaction, settlement),
  ])
  if (row === undefined) return null
  transaction.queued([row])
  return 'enqueued'
}

function end(
  transaction: Transaction,
  settlement: Settlement,
  outcome: EndStatus,
  families: Moved[],
): TaskStatus | null {
  const values = [outcome, outcome, transaction.now, ...runValues(transaction, settlement)]
  if (transaction.run(END_TASKS, values) === 1) return outcome
  const row = transaction.row<Moved>(END_IN_FAMILY, values)
  if (row === undefined) return null
  families.push(row)
  return row.status
}

/** The values of {@link RUN}. */
function runValues({ now }: Transaction, settlement: Settlement): (string | number | null)[] {
  const { id, token, to, reason, report, progress, startedAgoMs } = settlement
  const startedAt = startedAgoMs === null ? null : now - wholeAgo(startedAgoMs)
  return [reason, report, progress, to === 'release' ? 1 : 0, startedAt, now, id, token]
}

/** A time since the start as whole milliseconds, not negative. */
export function wholeAgo(startedAgoMs: number): number {
  return Math.max(0, Math.round(startedAgoMs))
}

interface Standing {
  readonly id: string
  readonly token: string | null
  readonly status: TaskStatus
}

function standingOf(transaction: Transaction, ids: readonly string[]): Map<string, Standing> {
  const rows = ids.length === 0 ? [] : transaction.rows<Standing>(STANDING, { ids: JSON.stringify(ids) })
  return new Map(rows.map((row) => [row.id, row]))
}
