import { type EndStatus, isEnded, type TaskStatus } from '@waybill/core'
import type { Transaction } from './transaction.ts'

/**
 * Tasks and every parent that may end when they do. OFFSET 0 is a fence: the planner takes what was found so far for ten
 * times as much as was asked for, and would read the whole table in place of a few rows by their ids. So is ARRAY.
 */
export const ABOVE = `above (id, parent_id, may_end) AS (
  SELECT id, parent_id, true FROM {tasks} WHERE id = ANY (:ids::uuid[])
  UNION
  SELECT parent.id, parent.parent_id, parent.status = 'child_running' FROM above
  CROSS JOIN LATERAL (SELECT id, parent_id, status FROM {tasks} WHERE id = above.parent_id OFFSET 0) AS parent
  WHERE may_end
)`

/**
 * Locks tasks and every parent that may end when they do, always in the order of their ids, so that no two transactions
 * wait for each other. A parent that waits for its children may end, and then its own parent, and so on.
 */
export const LOCK_ABOVE: string = `
WITH RECURSIVE ${ABOVE}
SELECT id FROM {tasks} WHERE id = ANY (ARRAY(SELECT id FROM above)) ORDER BY id FOR UPDATE`

/** The same for those that nobody else has locked; answers which. */
export const LOCK_ABOVE_UNLOCKED: string = `${LOCK_ABOVE} SKIP LOCKED`

/** Locks tasks. */
export const LOCK_TASKS = `SELECT id FROM {tasks} WHERE id = ANY (:ids::uuid[]) ORDER BY id FOR UPDATE`

/**
 * Ends those of these parents that wait for nothing any more: what `rollUpStatus` of core says, as SQL. They have been
 * locked by a statement before: this one sees what was committed until it began, and so the end of each child that
 * another transaction ended under the same lock (https://www.postgresql.org/docs/current/transaction-iso.html).
 */
export const ROLL_UP = `
UPDATE {tasks} SET
  status = ends_as,
  reason = CASE WHEN outcome <> 'completed' THEN reason
    WHEN ends_as = 'failed' THEN 'child_failed' WHEN ends_as = 'cancelled' THEN 'cancelled' END,
  outcome = ends_as, finished_at = {moment}, updated_at = {moment}
FROM (
  SELECT id AS parent_id_, CASE
      WHEN outcome = 'failed' THEN 'failed'
      WHEN outcome = 'cancelled' OR cancel_requested THEN 'cancelled'
      WHEN EXISTS (SELECT FROM {tasks} AS child WHERE child.parent_id = parent.id AND child.status = 'failed') THEN 'failed'
      ELSE 'completed'
    END AS ends_as
  FROM {tasks} AS parent
  WHERE id = ANY (:ids::uuid[]) AND status = 'child_running' AND NOT EXISTS (
    SELECT FROM {tasks} AS child WHERE child.parent_id = parent.id
      AND child.status IN ('enqueued', 'dequeued', 'running', 'child_running')
  )
) AS closing
WHERE id = parent_id_
RETURNING id, status, parent_id AS "parentId"`

/** A task that has moved out of its worker's hands or out of its queue. */
export interface Moved {
  readonly id: string
  readonly status: TaskStatus
  readonly parentId: string | null
}

/**
 * Ends what can end once tasks have moved: they themselves, where they waited for children, and their parents upwards.
 * Answers the status of each that it ended.
 */
export async function rollUp(
  transaction: Transaction,
  moved: readonly Moved[],
): Promise<Map<string, EndStatus>> {
  const ended = new Map<string, EndStatus>()
  let ids = [...new Set(moved.flatMap(touched))]
  while (ids.length > 0) {
    // Most are locked already; one that began to wait only just now is not.
    await transaction.run(LOCK_TASKS, { ids })
    const closed = await transaction.rows<Moved & { status: EndStatus }>(ROLL_UP, { ids })
    for (const { id, status } of closed) ended.set(id, status)
    ids = [...new Set(closed.flatMap(touched))]
  }
  return ended
}

/** Which entry may end because this one has moved. */
function touched({ id, status, parentId }: Moved): string[] {
  if (status === 'child_running') return [id]
  return isEnded(status) && parentId !== null ? [parentId] : []
}
