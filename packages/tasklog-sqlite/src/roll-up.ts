import { type EndStatus, isEnded, type TaskStatus } from '@waybill/core'
import type { Transaction } from './transaction.ts'

/**
 * Ends those of these parents that wait for nothing any more: what `rollUpStatus` of core says, as SQL. SQLite has one
 * writer at a time, so of two last children the second always sees the first one's end; no lock is needed.
 */
export const ROLL_UP = `
UPDATE {tasks} SET
  status = ends_as,
  reason = CASE WHEN outcome <> 'completed' THEN reason
    WHEN ends_as = 'failed' THEN 'child_failed' WHEN ends_as = 'cancelled' THEN 'cancelled' END,
  outcome = ends_as, finished_at = :now, updated_at = :now
FROM (
  SELECT seq AS parent_seq, CASE
      WHEN outcome = 'failed' THEN 'failed'
      WHEN outcome = 'cancelled' OR cancel_requested THEN 'cancelled'
      WHEN EXISTS (SELECT 1 FROM {tasks} AS child WHERE child.parent_id = parent.id AND child.status = 'failed') THEN 'failed'
      ELSE 'completed'
    END AS ends_as
  FROM {tasks} AS parent
  WHERE id IN (SELECT value FROM json_each(:ids)) AND status = 'child_running' AND NOT EXISTS (
    SELECT 1 FROM {tasks} AS child WHERE child.parent_id = parent.id
      AND child.status IN ('enqueued', 'dequeued', 'running', 'child_running')
  )
) AS closing
WHERE seq = parent_seq
RETURNING id, status, parent_id AS parentId`

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
export function rollUp(transaction: Transaction, moved: readonly Moved[]): Map<string, EndStatus> {
  const ended = new Map<string, EndStatus>()
  let ids = [...new Set(moved.flatMap(touched))]
  while (ids.length > 0) {
    const closed = transaction.rows<Moved & { status: EndStatus }>(ROLL_UP, { ids: JSON.stringify(ids) })
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
