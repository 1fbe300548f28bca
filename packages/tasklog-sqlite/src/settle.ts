import type { EndStatus, SettleAnswer, Settlement, TaskStatus } from '@waybill/core'
import { type Moved, rollUp } from './roll-up.ts'
import type { Queued, Transaction } from './transaction.ts'

const WAITS = 'has_children AND NOT master_status'

const RUN = `
  reason = ?, report = coalesce(?, report), progress = coalesce(?, progress), attempt = attempt - ?,
  started_at = CASE status WHEN 'dequeued' THEN coalesce(max(claimed_at, ?), started_at) ELSE started_at END,
  updated_at = ?
WHERE token = ? AND status IN ('dequeued', 'running')`

const END = `
UPDATE {tasks} SET status = CASE WHEN ${WAITS} THEN 'child_running' ELSE ? END, outcome = ?,
  finished_at = CASE WHEN ${WAITS} THEN NULL ELSE ? END, ${RUN}`

const SOME = 'id IN (SELECT value FROM json_each(?))'

/**
 * Ends a held task that has no family. Without RETURNING, which would cost as much as the update itself: there is nothing
 * to learn about such a task but that it moved.
 */
export const END_TASK: string = `${END} AND parent_id IS NULL AND NOT has_children AND id = ?`

/** Ends held tasks that have no family and ended alike. */
export const END_TASKS: string = `${END} AND parent_id IS NULL AND NOT has_children AND ${SOME}`

/** Ends held tasks that ended alike, whatever their families; those that have children wait for them. */
export const END_IN_FAMILY: string = `${END} AND ${SOME}
RETURNING id, status, parent_id AS parentId`

/** Queues a held task again, unless somebody asked to cancel it. One at a time: a statement costs no round trip. */
export const REQUEUE_TASKS: string = `
UPDATE {tasks} SET status = 'enqueued', worker = NULL, due_at = ?,
  hold = CASE WHEN ? THEN 'due' WHEN limit_key IS NOT NULL THEN 'limit' END, ${RUN} AND NOT cancel_requested AND id = ?
RETURNING queue, hold`

/** Where tasks stand, and under which token they were last held. */
export const STANDING = `
SELECT id, token, status FROM {tasks} WHERE id IN (SELECT value FROM json_each(:ids))`

/** Ends, or gives back, held tasks. */
export function settle(transaction: Transaction, settlements: readonly Settlement[]): SettleAnswer[] {
  const families: Moved[] = []
  const moved = groupsOf(settlements).flatMap((group) => settleGroup(transaction, group, families))
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

/** Settlements next to each other that differ in their task alone, as most do when a queue is drained. */
type Group = readonly [Settlement, ...Settlement[]]

function groupsOf(settlements: readonly Settlement[]): Group[] {
  const groups: [Settlement, ...Settlement[]][] = []
  for (const settlement of settlements) {
    const group = groups.at(-1)
    if (group !== undefined && isAlike(group[0], settlement)) group.push(settlement)
    else groups.push([settlement])
  }
  return groups
}

function isAlike(left: Settlement, right: Settlement): boolean {
  return (
    left.token === right.token &&
    left.to === right.to &&
    left.reason === right.reason &&
    left.report === right.report &&
    left.progress === right.progress &&
    wholeAgo(left.startedAgoMs) === wholeAgo(right.startedAgoMs)
  )
}

/** Answers where each task went; null where that is not known, or it is not held under the token. */
function settleGroup(transaction: Transaction, group: Group, families: Moved[]): (TaskStatus | null)[] {
  const { to } = group[0]
  if (to !== 'retry' && to !== 'release') return end(transaction, group, to, families)
  return group.flatMap(
    (settlement) =>
      requeue(transaction, settlement) ??
      end(transaction, [{ ...settlement, reason: 'cancelled' }], 'cancelled', families),
  )
}

function requeue(transaction: Transaction, settlement: Settlement): 'enqueued' | null {
  const { id, delayMs } = settlement
  const dueAt = transaction.now + delayMs
  const values = [dueAt, delayMs > 0 ? 1 : 0, ...runValues(transaction, settlement), id]
  const row = transaction.row<Queued>(REQUEUE_TASKS, values)
  if (row === undefined) return null
  transaction.queued([row])
  return 'enqueued'
}

function end(
  transaction: Transaction,
  group: Group,
  outcome: EndStatus,
  families: Moved[],
): (TaskStatus | null)[] {
  const ids = group.map(({ id }) => id)
  const list = JSON.stringify(ids)
  const values = [outcome, outcome, transaction.now, ...runValues(transaction, group[0])]
  const ended =
    ids.length === 1
      ? transaction.run(END_TASK, [...values, group[0].id])
      : transaction.run(END_TASKS, [...values, list])
  if (ended === ids.length) return ids.map(() => outcome)
  const family = transaction.rows<Moved>(END_IN_FAMILY, [...values, list])
  families.push(...family)
  const statuses = new Map(family.map(({ id, status }) => [id, status]))
  const others = ended + family.length === ids.length ? outcome : null
  return ids.map((id) => statuses.get(id) ?? others)
}

/** The values of {@link RUN}. */
function runValues({ now }: Transaction, settlement: Settlement): (string | number | null)[] {
  const { token, to, reason, report, progress } = settlement
  const ago = wholeAgo(settlement.startedAgoMs)
  return [reason, report, progress, to === 'release' ? 1 : 0, ago === null ? null : now - ago, now, token]
}

/** A time since the start as whole milliseconds, not negative. */
export function wholeAgo(startedAgoMs: number | null): number | null {
  return startedAgoMs === null ? null : Math.max(0, Math.round(startedAgoMs))
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
