import { type EndStatus, isEnded, type TaskReason, type TaskStatus } from '@waybill/core'
import { each } from './literals.ts'
import type { Transaction } from './transaction.ts'

/** The parents of these. */
export const PARENTS_ABOVE = `
SELECT parent.id, parent.status FROM {tasks} AS child JOIN {tasks} AS parent ON parent.id = child.parent_id
WHERE child.id IN (:ids)`

/** Locks tasks, in the order of their ids, which is that of the index. */
export const LOCK_TASKS = `SELECT id FROM {tasks} FORCE INDEX (tasks_id) WHERE id IN (:ids) ORDER BY id FOR UPDATE`

/** The same for those that nobody else has locked; answers which. */
export const LOCK_TASKS_UNLOCKED: string = `${LOCK_TASKS} SKIP LOCKED`

/**
 * Those of these parents that wait for nothing any more, and as what they end: what `rollUpStatus` of core says, as SQL.
 * They have been locked by a statement before: this one sees what was committed until it began, and so the end of each
 * child that another transaction ended under the same lock. An UPDATE could not look at the table it changes
 * (https://dev.mysql.com/doc/refman/8.0/en/update.html).
 */
export const CLOSING_PARENTS = `
SELECT id, parent_id AS parentId, CASE
    WHEN outcome = 'failed' THEN 'failed'
    WHEN outcome = 'cancelled' OR cancel_requested = 1 THEN 'cancelled'
    WHEN EXISTS (SELECT 1 FROM {tasks} AS child WHERE child.parent_id = parent.id AND child.child_status = 'failed')
      THEN 'failed'
    ELSE 'completed'
  END AS status, outcome, reason
FROM {tasks} AS parent
WHERE id IN (:ids) AND status = 'child_running' AND NOT EXISTS (
  SELECT 1 FROM {tasks} AS child WHERE child.parent_id = parent.id
    AND child.child_status IN ('enqueued', 'dequeued', 'running', 'child_running')
)`

/** Ends these parents. */
export const ROLL_UP = `
UPDATE {tasks} FORCE INDEX (tasks_id) SET
  status = :status, reason = :reason, outcome = :status, finished_at = {moment}, updated_at = {moment}
WHERE id IN (:ids) AND status = 'child_running'`

/** A task that has moved out of its worker's hands or out of its queue. */
export interface Moved {
  readonly id: string
  readonly status: TaskStatus
  readonly parentId: string | null
}

interface ClosingParent extends Moved {
  readonly status: EndStatus
  readonly outcome: EndStatus
  readonly reason: TaskReason | null
}

/**
 * Locks tasks and every parent that may end when they do, always in the order of their ids, so that no two transactions
 * wait for each other. A parent that waits for its children may end, and then its own parent, and so on. Level by level:
 * a recursive query has a depth at which MySQL fails and MariaDB stops in silence.
 */
export async function lockAbove(
  transaction: Transaction,
  ids: readonly string[],
  lock: string = LOCK_TASKS,
): Promise<ReadonlySet<string>> {
  const above = new Set(ids)
  for (let level = ids; level.length > 0; ) {
    const parents = await transaction.rows<{ id: string; status: TaskStatus }>(PARENTS_ABOVE, { ids: level })
    level = parents
      .filter(({ id, status }) => status === 'child_running' && !above.has(id))
      .map(({ id }) => id)
    for (const { id } of parents) above.add(id)
  }
  const locked = await transaction.rows<{ id: string }>(lock, { ids: [...above] })
  return new Set(locked.map(({ id }) => id))
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
    await transaction.rows(LOCK_TASKS, { ids })
    const closing = await transaction.rows<ClosingParent>(CLOSING_PARENTS, { ids })
    if (closing.length > 0) await close(transaction, closing)
    for (const { id, status } of closing) ended.set(id, status)
    ids = [...new Set(closing.flatMap(touched))]
  }
  return ended
}

async function close(transaction: Transaction, parents: readonly ClosingParent[]): Promise<void> {
  const eachParent = each('id', parents, ({ id }) => id)
  await transaction.run(ROLL_UP, {
    ids: parents.map(({ id }) => id),
    status: eachParent(({ status }) => status),
    reason: eachParent(reasonOf),
  })
}

const REASONS = { completed: null, failed: 'child_failed', cancelled: 'cancelled' } as const

/** Its own run's reason stays when that run decides. */
function reasonOf({ outcome, status, reason }: ClosingParent): TaskReason | null {
  return outcome === 'completed' ? REASONS[status] : reason
}

/** Which entry may end because this one has moved. */
function touched({ id, status, parentId }: Moved): string[] {
  if (status === 'child_running') return [id]
  return isEnded(status) && parentId !== null ? [parentId] : []
}
