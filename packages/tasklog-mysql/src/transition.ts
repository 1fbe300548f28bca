import { type TaskHold, TRANSITIONS, type TransitionChange } from '@waybill/core'
import type { Connection } from './connection.ts'
import { LOCK_TASKS, lockAbove, type Moved, rollUp } from './roll-up.ts'
import { STANDING } from './settle.ts'
import { type Parameters, type Transaction, write } from './transaction.ts'

const SAID = `reason = COALESCE(:reason, reason), report = COALESCE(:report, report), updated_at = {moment}`

/** Which of these are in one of the statuses. An UPDATE would not answer which it changed; they are locked. */
export const IN_STATUS = `SELECT id FROM {tasks} WHERE id IN (:ids) AND status IN (:from)`

/** Of these, those that are wanted: a parent that has ended does not wait for a child that would run again. */
export const RESTARTABLE = `
SELECT id FROM {tasks} AS task WHERE id IN (:ids) AND status IN (:from) AND NOT EXISTS (
  SELECT 1 FROM {tasks} AS parent
  WHERE parent.id = task.parent_id AND parent.status IN ('completed', 'failed', 'cancelled', 'archived')
)`

/** Ends enqueued tasks as cancelled; those with children wait for them. */
export const CANCEL_TASKS: string = `
UPDATE {tasks} FORCE INDEX (tasks_id) SET
  status = CASE WHEN has_children = 1 AND master_status = 0 THEN 'child_running' ELSE 'cancelled' END,
  finished_at = CASE WHEN has_children = 1 AND master_status = 0 THEN NULL ELSE {moment} END,
  outcome = 'cancelled', hold = NULL, ${SAID}
WHERE id IN (:ids)`

/** Archives tasks that have ended. */
export const ARCHIVE_TASKS: string = `
UPDATE {tasks} FORCE INDEX (tasks_id) SET status = 'archived', ${SAID} WHERE id IN (:ids)`

/** Queues ended tasks as if they were new. */
export const RESTART_TASKS = `
UPDATE {tasks} FORCE INDEX (tasks_id) SET
  status = 'enqueued', hold = CASE WHEN limit_key IS NOT NULL THEN 'limit' END, attempt = 0, cancel_requested = 0,
  outcome = NULL, progress = NULL, worker = NULL, token = NULL, due_at = {moment},
  claimed_at = NULL, started_at = NULL, finished_at = NULL,
  reason = COALESCE(:reason, reason), report = :report, updated_at = {moment}
WHERE id IN (:ids)`

/** Ends open tasks at once. Whoever holds one is fenced off: no token fits any more. */
export const FORCE_TASKS: string = `
UPDATE {tasks} FORCE INDEX (tasks_id) SET
  status = :status, outcome = 'cancelled', hold = NULL, token = NULL, finished_at = {moment}, ${SAID}
WHERE id IN (:ids)`

/** The open children of these. */
export const OPEN_CHILDREN = `
SELECT id FROM {tasks} WHERE parent_id IN (:ids)
  AND child_status IN ('enqueued', 'dequeued', 'running', 'child_running')`

/** Those of these that can be asked to stop. */
export const ASKABLE = `
SELECT id FROM {tasks} WHERE id IN (:ids) AND status IN ('dequeued', 'running', 'child_running')`

/** Those that were not asked before. */
export const NOT_ASKED: string = `${ASKABLE} AND cancel_requested = 0`

/** Asks these to stop. */
export const ASK_TO_CANCEL = `
UPDATE {tasks} FORCE INDEX (tasks_id) SET cancel_requested = 1, updated_at = {moment} WHERE id IN (:ids)`

/** Ended tasks that nobody names as a parent. */
export const DELETABLE = `
SELECT id FROM {tasks} AS task FORCE INDEX (tasks_id)
WHERE id IN (:ids) AND status IN ('completed', 'failed', 'cancelled', 'archived')
  AND NOT EXISTS (SELECT 1 FROM {tasks} AS child WHERE child.parent_id = task.id)
ORDER BY id FOR UPDATE`

/** Deletes tasks. */
export const DELETE_TASKS = `DELETE FROM {tasks} WHERE id IN (:ids)`

/** Moves tasks on somebody's word, then does what follows from it; answers the ids that moved. */
export async function transition(connection: Connection, change: TransitionChange): Promise<string[]> {
  return write(connection, (transaction) => move(transaction, change), NOT_REPEATABLE)
}

/** Done again, it would find that nothing is left to move. */
const NOT_REPEATABLE = { isRepeatable: false }

async function move(transaction: Transaction, change: TransitionChange): Promise<string[]> {
  const { event, reason, report } = change
  const from = change.from.filter((status) => TRANSITIONS[event].from.includes(status))
  await lockAbove(transaction, change.ids)
  const ids = await idsOf(transaction, event === 'restart' ? RESTARTABLE : IN_STATUS, {
    ids: change.ids,
    from,
  })
  if (ids.length === 0) return []
  switch (event) {
    case 'archive':
      await transaction.run(ARCHIVE_TASKS, { ids, reason, report })
      return ids
    case 'restart':
      await transaction.run(RESTART_TASKS, { ids, reason, report })
      transaction.queued(await transaction.rows<Standing>(STANDING, { ids }))
      return ids
    case 'cancel':
      await transaction.run(CANCEL_TASKS, { ids, reason, report })
      return cancelBelow(transaction, ids)
    case 'force_cancel':
    case 'force_archive': {
      const status = event === 'force_cancel' ? 'cancelled' : 'archived'
      await transaction.run(FORCE_TASKS, { ids, reason, report, status })
      return cancelBelow(transaction, ids)
    }
  }
}

interface Standing extends Moved {
  readonly queue: string
  readonly hold: TaskHold | null
}

/** Cancels what waits below tasks, asks what is held or waits for children to stop, and ends what can end then. */
async function cancelBelow(transaction: Transaction, tops: readonly string[]): Promise<string[]> {
  const below = await openBelow(transaction, tops)
  if (below.length > 0) {
    await transaction.rows(LOCK_TASKS, { ids: below })
    const unasked = await idsOf(transaction, NOT_ASKED, { ids: below })
    const waiting = await idsOf(transaction, IN_STATUS, { ids: below, from: ['enqueued'] })
    if (unasked.length > 0) await transaction.run(ASK_TO_CANCEL, { ids: unasked })
    const because = { reason: 'parent_cancelled', report: null }
    if (waiting.length > 0) await transaction.run(CANCEL_TASKS, { ids: waiting, ...because })
  }
  await rollUp(transaction, await transaction.rows<Standing>(STANDING, { ids: [...tops, ...below] }))
  return [...tops]
}

/** Every open task below these, on a way of open tasks; level by level, as in {@link lockAbove}. */
async function openBelow(transaction: Transaction, tops: readonly string[]): Promise<string[]> {
  const below = new Set<string>()
  for (let level = tops; level.length > 0; ) {
    const children = await idsOf(transaction, OPEN_CHILDREN, { ids: level })
    level = children.filter((id) => !below.has(id))
    for (const id of level) below.add(id)
  }
  return [...below]
}

/** Asks holders to stop, and parents to end as cancelled; answers the ids of all that are asked now. */
export async function requestCancel(connection: Connection, ids: readonly string[]): Promise<string[]> {
  return write(connection, async (transaction) => {
    await lockAbove(transaction, ids)
    const askable = await idsOf(transaction, ASKABLE, { ids })
    const unasked = await idsOf(transaction, NOT_ASKED, { ids })
    if (unasked.length > 0) {
      await transaction.run(ASK_TO_CANCEL, { ids: unasked })
      await cancelBelow(transaction, unasked)
    }
    return askable
  })
}

/** Deletes ended tasks nobody names as a parent; children that are deleted by the same call name none. */
export async function deleteTasks(connection: Connection, ids: readonly string[]): Promise<string[]> {
  return write(connection, (transaction) => deleteLeaves(transaction, ids), NOT_REPEATABLE)
}

async function deleteLeaves(transaction: Transaction, ids: readonly string[]): Promise<string[]> {
  const gone = new Set<string>()
  for (let left = ids; left.length > 0; left = left.filter((id) => !gone.has(id))) {
    const leaves = await idsOf(transaction, DELETABLE, { ids: left })
    if (leaves.length === 0) break
    await transaction.run(DELETE_TASKS, { ids: leaves })
    for (const id of leaves) gone.add(id)
  }
  return [...gone]
}

async function idsOf(transaction: Transaction, sql: string, parameters: Parameters): Promise<string[]> {
  const rows = await transaction.rows<{ id: string }>(sql, parameters)
  return rows.map(({ id }) => id)
}
