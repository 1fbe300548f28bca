import type { EndStatus, SettleAnswer, Settlement, TaskStatus } from '@waybill/core'
import { IS_HELD } from './claim.ts'
import type { Connection } from './connection.ts'
import { LOCK_ABOVE, type Moved, rollUp } from './roll-up.ts'
import { givenParameters, givenRows } from './rows.ts'
import { type Parameters, type Queued, type Transaction, write, writeOnce } from './transaction.ts'

/** What a settlement says of the run, whichever way the task goes. */
const RUN = `
  report = coalesce(task_report::jsonb, report), progress = coalesce(task_progress::jsonb, progress),
  started_at = CASE WHEN status = 'dequeued' AND started_ago IS NOT NULL
    THEN greatest(claimed_at, {moment} - started_ago * interval '1 millisecond') ELSE started_at END,
  updated_at = {moment}`

const RUNS = {
  task_id: 'uuid',
  task_token: 'text',
  task_reason: 'text',
  task_report: 'text',
  task_progress: 'text',
  started_ago: 'bigint',
  given_back: 'integer',
} as const

const HELD = `id = task_id AND token = task_token AND ${IS_HELD}`

const END = `
UPDATE {tasks} SET
  status = CASE WHEN has_children AND NOT master_status THEN 'child_running' ELSE task_outcome END,
  finished_at = CASE WHEN has_children AND NOT master_status THEN NULL ELSE {moment} END,
  outcome = task_outcome, reason = task_reason, attempt = attempt - given_back, ${RUN}
FROM ${givenRows({ ...RUNS, task_outcome: 'text' })}
WHERE ${HELD}`

/** Ends held tasks; those with children wait for them. */
export const END_TASKS: string = `${END}
RETURNING id, status, parent_id AS "parentId"`

/**
 * Ends held tasks that have neither parent nor children, so that nothing else follows from it and the statement needs
 * no transaction around it. How many it ended says enough: an answer for each would cost half as much again.
 */
export const END_TASKS_ALONE: string = `${END} AND parent_id IS NULL AND (master_status OR NOT has_children)`

/** Queues held tasks again, unless somebody asked to cancel them. */
export const REQUEUE_TASKS: string = `
UPDATE {tasks} SET status = 'enqueued', worker = NULL, due_at = {moment} + delay * interval '1 millisecond',
  hold = CASE WHEN delay > 0 THEN 'due' WHEN limit_key IS NOT NULL THEN 'limit' END,
  reason = task_reason, attempt = attempt - given_back, ${RUN}
FROM ${givenRows({ ...RUNS, delay: 'bigint' })}
WHERE ${HELD} AND NOT cancel_requested
RETURNING id, queue, hold`

/** Where tasks stand, and under which token they were last held. */
export const STANDING = `SELECT id, token, status FROM {tasks} WHERE id = ANY (:ids::uuid[])`

/** Ends, or gives back, held tasks. */
export async function settle(
  connection: Connection,
  settlements: readonly Settlement[],
): Promise<SettleAnswer[]> {
  const first = firstOfEachClaim(settlements)
  const areEnded = !first.some(isRequeue) && (await endAlone(connection, first))
  const rows: readonly Standing[] = areEnded
    ? first.map(({ id, token, to }) => ({ id, token, status: to as EndStatus }))
    : await write(connection, (transaction) => settleAll(transaction, first))
  const standing = new Map(rows.map((row) => [row.id, row]))
  return settlements.map(({ id, token }) => {
    const row = standing.get(id)
    // The token outlives the claim, so a settlement whose reply was lost is recognised when it comes again.
    return { id, accepted: row?.token === token, status: row?.status ?? null }
  })
}

/** Most tasks have no family: one statement ends them. Answers whether it ended all; what it did not is left as it is. */
async function endAlone(connection: Connection, settlements: readonly Settlement[]): Promise<boolean> {
  const parameters = ends(settlements)
  const ended = await writeOnce(connection, (transaction) => transaction.run(END_TASKS_ALONE, parameters))
  return ended === settlements.length
}

/** Answers where all stand in the end, also those that had been settled before. */
async function settleAll(transaction: Transaction, settlements: readonly Settlement[]): Promise<Standing[]> {
  const ids = settlements.map(({ id }) => id)
  await transaction.run(LOCK_ABOVE, { ids })
  await requeue(transaction, settlements.filter(isRequeue))
  // A requeue that moved nothing was asked to cancel, or is no longer held: it ends, or moves nothing again.
  await rollUp(transaction, await transaction.rows<Moved>(END_TASKS, ends(settlements)))
  return transaction.rows<Standing>(STANDING, { ids })
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
  return [...first.values()].sort(byId)
}

/** Rows are locked in the order of their ids by all who lock several, so that no two wait for each other. */
export function byId(left: { readonly id: string }, right: { readonly id: string }): number {
  return left.id < right.id ? -1 : left.id > right.id ? 1 : 0
}

function isRequeue({ to }: Settlement): boolean {
  return to === 'retry' || to === 'release'
}

async function requeue(transaction: Transaction, settlements: readonly Settlement[]): Promise<void> {
  if (settlements.length === 0) return
  const tasks = givenParameters(settlements, { ...runs, delay: ({ delayMs }) => delayMs })
  transaction.queued(await transaction.rows<Queued>(REQUEUE_TASKS, tasks))
}

function ends(settlements: readonly Settlement[]): Parameters {
  return givenParameters(settlements, {
    ...runs,
    task_reason: (settlement) => (isRequeue(settlement) ? 'cancelled' : settlement.reason),
    task_outcome: (settlement) => (isRequeue(settlement) ? 'cancelled' : settlement.to),
  })
}

const runs = {
  task_id: ({ id }: Settlement) => id,
  task_token: ({ token }: Settlement) => token,
  task_reason: ({ reason }: Settlement) => reason,
  task_report: ({ report }: Settlement) => report,
  task_progress: ({ progress }: Settlement) => progress,
  started_ago: ({ startedAgoMs }: Settlement) => wholeAgo(startedAgoMs),
  given_back: ({ to }: Settlement) => (to === 'release' ? 1 : 0),
}

/** A time since the start as whole milliseconds, not negative. */
export function wholeAgo(startedAgoMs: number | null): number | null {
  return startedAgoMs === null ? null : Math.max(0, Math.round(startedAgoMs))
}
