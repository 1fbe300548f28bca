import { TRANSITIONS, type TransitionChange } from '@waybill/core'
import { type Moved, rollUp } from './roll-up.ts'
import type { Queued, Transaction } from './transaction.ts'

const NAMED = `id IN (SELECT value FROM json_each(:ids)) AND status IN (SELECT value FROM json_each(:from))`
const SAID = `reason = coalesce(:reason, reason), report = coalesce(:report, report), updated_at = :now`

/** Ends enqueued tasks as cancelled; those with children wait for them. */
export const CANCEL_TASKS: string = `
UPDATE {tasks} SET
  status = CASE WHEN has_children AND NOT master_status THEN 'child_running' ELSE 'cancelled' END,
  finished_at = CASE WHEN has_children AND NOT master_status THEN NULL ELSE :now END,
  outcome = 'cancelled', hold = NULL, ${SAID}
WHERE ${NAMED}
RETURNING id, status, parent_id AS parentId`

/** Archives tasks that have ended. */
export const ARCHIVE_TASKS: string = `
UPDATE {tasks} SET status = 'archived', ${SAID} WHERE ${NAMED}
RETURNING id`

/** Queues ended tasks as if they were new, unless their parent has ended. */
export const RESTART_TASKS: string = `
UPDATE {tasks} SET status = 'enqueued', hold = CASE WHEN limit_key IS NOT NULL THEN 'limit' END, attempt = 0,
  cancel_requested = 0, outcome = NULL, progress = NULL, worker = NULL, token = NULL, due_at = :now,
  claimed_at = NULL, started_at = NULL, finished_at = NULL,
  reason = coalesce(:reason, reason), report = :report, updated_at = :now
WHERE ${NAMED} AND NOT EXISTS (
  SELECT 1 FROM {tasks} AS parent
  WHERE parent.id = {tasks}.parent_id AND parent.status IN ('completed', 'failed', 'cancelled', 'archived')
)
RETURNING id, queue, hold`

/** Ends open tasks at once. Whoever holds one is fenced off: no token fits any more. */
export const FORCE_TASKS: string = `
UPDATE {tasks} SET status = :status, outcome = 'cancelled', hold = NULL, token = NULL, finished_at = :now, ${SAID}
WHERE ${NAMED}
RETURNING id, status, parent_id AS parentId`

/** Every open task below these, on a way of open tasks. */
export const OPEN_BELOW = `
WITH RECURSIVE below (id) AS (
  SELECT id FROM {tasks} WHERE parent_id IN (SELECT value FROM json_each(:ids))
    AND status IN ('enqueued', 'dequeued', 'running', 'child_running')
  UNION
  SELECT child.id FROM below JOIN {tasks} AS child ON child.parent_id = below.id
  WHERE child.status IN ('enqueued', 'dequeued', 'running', 'child_running')
)
SELECT id FROM below`

/** Those of these that can be asked to stop. */
export const ASKABLE = `
SELECT id FROM {tasks} WHERE id IN (SELECT value FROM json_each(:ids))
  AND status IN ('dequeued', 'running', 'child_running')`

/** Asks those of these to stop that were not asked before. */
export const ASK_TO_CANCEL = `
UPDATE {tasks} SET cancel_requested = 1, updated_at = :now
WHERE id IN (SELECT value FROM json_each(:ids)) AND status IN ('dequeued', 'running', 'child_running')
  AND NOT cancel_requested
RETURNING id, status, parent_id AS parentId`

/** Deletes ended tasks that nobody names as a parent. */
export const DELETE_TASKS = `
DELETE FROM {tasks} WHERE id IN (SELECT value FROM json_each(:ids))
  AND status IN ('completed', 'failed', 'cancelled', 'archived')
  AND NOT EXISTS (SELECT 1 FROM {tasks} AS child WHERE child.parent_id = {tasks}.id)
RETURNING id`

interface Named {
  readonly id: string
}

/** Moves tasks on somebody's word, then does what follows from it; answers the ids that moved. */
export function transition(transaction: Transaction, change: TransitionChange): string[] {
  const from = change.from.filter((status) => TRANSITIONS[change.event].from.includes(status))
  const { reason, report } = change
  const parameters = { ids: JSON.stringify(change.ids), from: JSON.stringify(from), reason, report }
  switch (change.event) {
    case 'archive':
      return idsOf(transaction.rows<Named>(ARCHIVE_TASKS, parameters))
    case 'restart': {
      const queued = transaction.rows<Named & Queued>(RESTART_TASKS, parameters)
      transaction.queued(queued)
      return idsOf(queued)
    }
    case 'cancel':
      return cancelBelow(transaction, transaction.rows<Moved>(CANCEL_TASKS, parameters))
    case 'force_cancel':
    case 'force_archive': {
      const status = change.event === 'force_cancel' ? 'cancelled' : 'archived'
      return cancelBelow(transaction, transaction.rows<Moved>(FORCE_TASKS, { ...parameters, status }))
    }
  }
}

/** Cancels what waits below tasks, asks what is held or waits for children to stop, and ends what can end then. */
function cancelBelow(transaction: Transaction, tops: readonly Moved[]): string[] {
  const below = JSON.stringify(
    idsOf(transaction.rows<Named>(OPEN_BELOW, { ids: JSON.stringify(idsOf(tops)) })),
  )
  const asked = transaction.rows<Moved>(ASK_TO_CANCEL, { ids: below })
  const cancelled = transaction.rows<Moved>(CANCEL_TASKS, {
    ids: below,
    from: '["enqueued"]',
    reason: 'parent_cancelled',
    report: null,
  })
  rollUp(transaction, [...tops, ...asked, ...cancelled])
  return idsOf(tops)
}

/** Asks holders to stop, and parents to end as cancelled; answers the ids of all that are asked now. */
export function requestCancel(transaction: Transaction, ids: readonly string[]): string[] {
  const named = { ids: JSON.stringify(ids) }
  const askable = transaction.rows<Named>(ASKABLE, named)
  cancelBelow(transaction, transaction.rows<Moved>(ASK_TO_CANCEL, named))
  return idsOf(askable)
}

/** Deletes ended tasks nobody names as a parent; children that are deleted by the same call name none. */
export function deleteTasks(transaction: Transaction, ids: readonly string[]): string[] {
  const gone = idsOf(transaction.rows<Named>(DELETE_TASKS, { ids: JSON.stringify(ids) }))
  const left = gone.length === 0 ? [] : ids.filter((id) => !gone.includes(id))
  return left.length === 0 ? gone : [...gone, ...deleteTasks(transaction, left)]
}

function idsOf(rows: readonly Named[]): string[] {
  return rows.map(({ id }) => id)
}
