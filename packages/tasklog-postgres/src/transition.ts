import { TRANSITIONS, type TransitionChange } from '@waybill/core'
import { ABOVE, type Moved, rollUp } from './roll-up.ts'
import type { Queued, Transaction } from './transaction.ts'

/** The open tasks right below those that were found so far; OFFSET 0 as in {@link ABOVE}. */
const CHILDREN_OF_BELOW = `SELECT child.id FROM below CROSS JOIN LATERAL (
    SELECT id FROM {tasks} WHERE parent_id = below.id AND parent_id IS NOT NULL
      AND status IN ('enqueued', 'dequeued', 'running', 'child_running') OFFSET 0
  ) AS child`

/**
 * Locks tasks, every parent that may end when they do, and every open task below them, always in the order of their
 * ids: see {@link LOCK_ABOVE}. A locked parent gets no new child, but a child that was added just before is seen only by
 * the next statement.
 */
export const LOCK_FAMILY: string = `
WITH RECURSIVE ${ABOVE}, below (id) AS (
  SELECT id FROM {tasks} WHERE id = ANY (:ids::uuid[])
  UNION
  ${CHILDREN_OF_BELOW}
)
SELECT id FROM {tasks} WHERE id = ANY (ARRAY(SELECT id FROM above UNION SELECT id FROM below)) ORDER BY id FOR UPDATE`

const NAMED = `id = ANY (:ids::uuid[]) AND status = ANY (:from::text[])`
const SAID = `reason = coalesce(:reason, reason), report = coalesce(:report::jsonb, report), updated_at = {moment}`

/** Ends enqueued tasks as cancelled; those with children wait for them. */
export const CANCEL_TASKS: string = `
UPDATE {tasks} SET
  status = CASE WHEN has_children AND NOT master_status THEN 'child_running' ELSE 'cancelled' END,
  finished_at = CASE WHEN has_children AND NOT master_status THEN NULL ELSE {moment} END,
  outcome = 'cancelled', hold = NULL, ${SAID}
WHERE ${NAMED}
RETURNING id, status, parent_id AS "parentId"`

/** Archives tasks that have ended. */
export const ARCHIVE_TASKS: string = `
UPDATE {tasks} SET status = 'archived', ${SAID} WHERE ${NAMED}
RETURNING id`

/** Locks tasks and their parents, which must not end while a child of theirs starts anew. */
export const LOCK_WITH_PARENTS = `
SELECT id FROM {tasks} WHERE id = ANY (
  :ids::uuid[] || ARRAY(SELECT parent_id FROM {tasks} WHERE id = ANY (:ids::uuid[]))
) ORDER BY id FOR UPDATE`

/** Queues ended tasks as if they were new, unless their parent has ended. */
export const RESTART_TASKS: string = `
UPDATE {tasks} AS task SET status = 'enqueued', hold = CASE WHEN limit_key IS NOT NULL THEN 'limit' END, attempt = 0,
  cancel_requested = false, outcome = NULL, progress = NULL, worker = NULL, token = NULL, due_at = {moment},
  claimed_at = NULL, started_at = NULL, finished_at = NULL,
  reason = coalesce(:reason, reason), report = :report::jsonb, updated_at = {moment}
WHERE ${NAMED} AND NOT EXISTS (
  SELECT FROM {tasks} AS parent
  WHERE parent.id = task.parent_id AND parent.status IN ('completed', 'failed', 'cancelled', 'archived')
)
RETURNING id, queue, hold`

/** Ends open tasks at once. Whoever holds one is fenced off: no token fits any more. */
export const FORCE_TASKS: string = `
UPDATE {tasks} SET status = :status, outcome = 'cancelled', hold = NULL, token = NULL, finished_at = {moment}, ${SAID}
WHERE ${NAMED}
RETURNING id, status, parent_id AS "parentId"`

/** Every open task below these, on a way of open tasks. */
export const OPEN_BELOW: string = `
WITH RECURSIVE below (id) AS (
  SELECT id FROM {tasks} WHERE parent_id = ANY (:ids::uuid[])
    AND status IN ('enqueued', 'dequeued', 'running', 'child_running')
  UNION
  ${CHILDREN_OF_BELOW}
)
SELECT id FROM below`

/** Those of these that can be asked to stop. */
export const ASKABLE = `
SELECT id FROM {tasks} WHERE id = ANY (:ids::uuid[]) AND status IN ('dequeued', 'running', 'child_running')`

/** Asks those of these to stop that were not asked before. */
export const ASK_TO_CANCEL = `
UPDATE {tasks} SET cancel_requested = true, updated_at = {moment}
WHERE id = ANY (:ids::uuid[]) AND status IN ('dequeued', 'running', 'child_running') AND NOT cancel_requested
RETURNING id, status, parent_id AS "parentId"`

/** Deletes ended tasks that nobody names as a parent. */
export const DELETE_TASKS = `
DELETE FROM {tasks} AS task WHERE id = ANY (:ids::uuid[])
  AND status IN ('completed', 'failed', 'cancelled', 'archived')
  AND NOT EXISTS (SELECT FROM {tasks} AS child WHERE child.parent_id = task.id)
RETURNING id`

interface Named {
  readonly id: string
}

/** Moves tasks on somebody's word, then does what follows from it; answers the ids that moved. */
export async function transition(transaction: Transaction, change: TransitionChange): Promise<string[]> {
  const { event, ids, reason, report } = change
  const from = change.from.filter((status) => TRANSITIONS[event].from.includes(status))
  const parameters = { ids, from, reason, report }
  switch (event) {
    case 'archive':
      return idsOf(await transaction.rows<Named>(ARCHIVE_TASKS, parameters))
    case 'restart': {
      await transaction.run(LOCK_WITH_PARENTS, { ids })
      const queued = await transaction.rows<Named & Queued>(RESTART_TASKS, parameters)
      transaction.queued(queued)
      return idsOf(queued)
    }
    case 'cancel':
      await lockFamily(transaction, ids)
      return cancelBelow(transaction, await transaction.rows<Moved>(CANCEL_TASKS, parameters))
    case 'force_cancel':
    case 'force_archive': {
      const status = event === 'force_cancel' ? 'cancelled' : 'archived'
      await lockFamily(transaction, ids)
      return cancelBelow(transaction, await transaction.rows<Moved>(FORCE_TASKS, { ...parameters, status }))
    }
  }
}

/** Until no more are found: then nobody can add to the family any more. */
async function lockFamily(transaction: Transaction, ids: readonly string[]): Promise<void> {
  for (let before = -1, found = 0; found > before; ) {
    before = found
    found = (await transaction.rows(LOCK_FAMILY, { ids })).length
  }
}

/** Cancels what waits below tasks, asks what is held or waits for children to stop, and ends what can end then. */
async function cancelBelow(transaction: Transaction, tops: readonly Moved[]): Promise<string[]> {
  const below = idsOf(await transaction.rows<Named>(OPEN_BELOW, { ids: idsOf(tops) }))
  const asked = await transaction.rows<Moved>(ASK_TO_CANCEL, { ids: below })
  const cancelled = await transaction.rows<Moved>(CANCEL_TASKS, {
    ids: below,
    from: ['enqueued'],
    reason: 'parent_cancelled',
    report: null,
  })
  await rollUp(transaction, [...tops, ...asked, ...cancelled])
  return idsOf(tops)
}

/** Asks holders to stop, and parents to end as cancelled; answers the ids of all that are asked now. */
export async function requestCancel(transaction: Transaction, ids: readonly string[]): Promise<string[]> {
  await lockFamily(transaction, ids)
  const askable = await transaction.rows<Named>(ASKABLE, { ids })
  await cancelBelow(transaction, await transaction.rows<Moved>(ASK_TO_CANCEL, { ids }))
  return idsOf(askable)
}

/** Deletes ended tasks nobody names as a parent; children that are deleted by the same call name none. */
export async function deleteTasks(transaction: Transaction, ids: readonly string[]): Promise<string[]> {
  const gone = new Set<string>()
  for (let left = ids; left.length > 0; ) {
    const deleted = idsOf(await transaction.rows<Named>(DELETE_TASKS, { ids: left }))
    for (const id of deleted) gone.add(id)
    left = deleted.length === 0 ? [] : left.filter((id) => !gone.has(id))
  }
  return [...gone]
}

function idsOf(rows: readonly Named[]): string[] {
  return rows.map(({ id }) => id)
}
