import type { SettleAnswer, Settlement, TaskStatus } from '@waybill/core'
import type { Connection } from './connection.ts'
import { LOCK_ABOVE, type Moved, rollUp } from './roll-up.ts'
import { type Queued, type Transaction, write, writeOnce } from './transaction.ts'

/** What a settlement says of the run, whichever way the task goes. */
const RUN = `
  report = coalesce(task_report::jsonb, report), progress = coalesce(task_progress::jsonb, progress),
  started_at = CASE WHEN status = 'dequeued' AND started_ago IS NOT NULL
    THEN greatest(claimed_at, {moment} - started_ago * interval '1 millisecond') ELSE started_at END,
  updated_at = {moment}`

const HELD = `id = task_id AND token = task_token AND status IN ('dequeued', 'running')`

/**
 * Ends held tasks; those with children wait for them. `isAlone`: only those that have neither parent nor children, so
 * that nothing else follows from it and the statement needs no transaction around it.
 */
export const END_TASKS: string = `
UPDATE {tasks} SET
  status = CASE WHEN has_children AND NOT master_status THEN 'child_running' ELSE task_outcome END,
  finished_at = CASE WHEN has_children AND NOT master_status THEN NULL ELSE {moment} END,
  outcome = task_outcome, reason = task_reason, attempt = attempt - given_back, ${RUN}
FROM unnest(
  :ids::uuid[], :tokens::text[], :outcomes::text[], :reasons::text[], :reports::text[], :progresses::text[],
  :startedAgos::bigint[], :givenBacks::integer[]
) AS task (task_id, task_token, task_outcome, task_reason, task_report, task_progress, started_ago, given_back)
WHERE ${HELD} AND (NOT :isAlone OR (parent_id IS NULL AND (master_status OR NOT has_children)))
RETURNING id, token, status, parent_id AS "parentId"`

/** Queues held tasks again, unless somebody asked to cancel them. */
export const REQUEUE_TASKS: string = `
UPDATE {tasks} SET status = 'enqueued', worker = NULL, due_at = {moment} + delay * interval '1 millisecond',
  hold = CASE WHEN delay > 0 THEN 'due' WHEN limit_key IS NOT NULL THEN 'limit' END,
  reason = task_reason, attempt = attempt - given_back, ${RUN}
FROM unnest(
  :ids::uuid[], :tokens::text[], :delays::bigint[], :reasons::text[], :reports::text[], :progresses::text[],
  :startedAgos::bigint[], :givenBacks::integer[]
) AS task (task_id, task_token, delay, task_reason, task_report, task_progress, started_ago, given_back)
WHERE ${HELD} AND NOT cancel_requested
RETURNING id, token, status, queue, hold`

/** Where tasks stand, and under which token they were last held. */
export const STANDING = `SELECT id, token, status FROM {tasks} WHERE id = ANY (:ids::uuid[])`

/** Ends, or gives back, held tasks. */
export async function settle(
  connection: Connection,
  settlements: readonly Settlement[],
): Promise<SettleAnswer[]> {
  const first = firstOfEachClaim(settlements)
  const standing = first.some(isRequeue) ? new Map<string, Standing>() : await endAlone(connection, first)
  const rest = first.filter(({ id }) => !standing.has(id))
  if (rest.length > 0) {
    for (const row of await write(connection, (transaction) => settleRest(transaction, rest)))
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

/** Most tasks have no family: one statement ends them all. Its reply lost, those it ended are found ended later. */
async function endAlone(
  connection: Connection,
  settlements: readonly Settlement[],
): Promise<Map<string, Standing>> {
  const rows = await writeOnce(connection, (transaction) => end(transaction, settlements, true))
  return new Map(rows.map((row) => [row.id, row]))
}

async function settleRest(transaction: Transaction, settlements: readonly Settlement[]): Promise<Standing[]> {
  await transaction.run(LOCK_ABOVE, { ids: settlements.map(({ id }) => id) })
  const requeued = await requeue(transaction, settlements.filter(isRequeue))
  const back = new Map(requeued.map((row) => [row.id, row]))
  // A requeue that moved nothing was asked to cancel, or is no longer held: it ends, or moves nothing again.
  const ended = await end(
    transaction,
    settlements.filter(({ id, token }) => back.get(id)?.token !== token),
    false,
  )
  await rollUp(transaction, ended)
  return transaction.rows<Standing>(STANDING, { ids: settlements.map(({ id }) => id) })
}

function firstOfEachClaim(settlements: readonly Settlement[]): Settlement[] {
  const first = new Map<string, Settlement>()
  for (const settlement of settlements) {
    const key = settlement.id + settlement.token
    if (!first.has(key)) first.set(key, settlement)
  }
  return [...first.values()].sort(byId)
}

/** Rows are locked in the order of their ids by all who lock several, so that no two wait for each other. */
export function byId(left: { readonly id: string }, right: { readonly id: string }): number {
  return left.id < right.id ? -1 : left.id > right.id ? 1 : 0
}

function isRequeue({ to }: Settlement): boolean {
  return to === 'retry' || to === 'release'
}

async function requeue(
  transaction: Transaction,
  settlements: readonly Settlement[],
): Promise<(Standing & Queued)[]> {
  if (settlements.length === 0) return []
  const rows = await transaction.rows<Standing & Queued>(REQUEUE_TASKS, {
    ...runs(settlements),
    delays: settlements.map(({ delayMs }) => delayMs),
    reasons: settlements.map(({ reason }) => reason),
  })
  transaction.queued(rows)
  return rows
}

async function end(
  transaction: Transaction,
  settlements: readonly Settlement[],
  isAlone: boolean,
): Promise<(Standing & Moved)[]> {
  if (settlements.length === 0) return []
  return transaction.rows<Standing & Moved>(END_TASKS, {
    ...runs(settlements),
    outcomes: settlements.map((settlement) => (isRequeue(settlement) ? 'cancelled' : settlement.to)),
    reasons: settlements.map((settlement) => (isRequeue(settlement) ? 'cancelled' : settlement.reason)),
    isAlone,
  })
}

function runs(settlements: readonly Settlement[]): Record<string, readonly unknown[]> {
  return {
    ids: settlements.map(({ id }) => id),
    tokens: settlements.map(({ token }) => token),
    reports: settlements.map(({ report }) => report),
    progresses: settlements.map(({ progress }) => progress),
    startedAgos: settlements.map(({ startedAgoMs }) => wholeAgo(startedAgoMs)),
    givenBacks: settlements.map(({ to }) => (to === 'release' ? 1 : 0)),
  }
}

/** A time since the start as whole milliseconds, not negative. */
export function wholeAgo(startedAgoMs: number | null): number | null {
  return startedAgoMs === null ? null : Math.max(0, Math.round(startedAgoMs))
}
