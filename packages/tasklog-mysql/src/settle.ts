import {
  type EndStatus,
  HELD_STATUSES,
  type SettleAnswer,
  type Settlement,
  type TaskHold,
  type TaskStatus,
} from '@waybill/core'
import type { Connection } from './connection.ts'
import { batches, each } from './literals.ts'
import { lockAbove, type Moved, rollUp } from './roll-up.ts'
import { type Parameters, type Transaction, write, writeOnce } from './transaction.ts'

/**
 * What a settlement says of the run, whichever way the task goes. A claim clears the start time, so it is there when the
 * task was running. Assignments are made from left to right, and later ones see what earlier ones wrote: none here reads
 * a column that another one sets (https://dev.mysql.com/doc/refman/8.0/en/update.html).
 */
const RUN = `
  report = COALESCE(:report, report), progress = COALESCE(:progress, progress),
  started_at = COALESCE(started_at, GREATEST(claimed_at, {moment} - :startedAgo)),
  updated_at = {moment}`

const HELD = `id IN (:ids) AND token = :token AND status IN ('dequeued', 'running')`

/**
 * Ends held tasks; those with children wait for them. The index is forced by all who change tasks by their ids: in a
 * small table the server would rather look at every row, and wait for those that others have locked.
 */
export const END_TASKS: string = `
UPDATE {tasks} FORCE INDEX (tasks_id) SET
  status = CASE WHEN has_children = 1 AND master_status = 0 THEN 'child_running' ELSE :outcome END,
  finished_at = CASE WHEN has_children = 1 AND master_status = 0 THEN NULL ELSE {moment} END,
  outcome = :outcome, reason = :reason, attempt = attempt - :givenBack, ${RUN}
WHERE ${HELD}`

/**
 * The same for those that have neither parent nor children, so that nothing else follows from it and the statement needs
 * no transaction around it.
 */
export const END_TASKS_ALONE: string = `${END_TASKS} AND parent_id IS NULL AND (has_children = 0 OR master_status = 1)`

/** Queues held tasks again, unless somebody asked to cancel them. */
export const REQUEUE_TASKS: string = `
UPDATE {tasks} FORCE INDEX (tasks_id) SET
  status = 'enqueued', worker = NULL, due_at = {moment} + :delay,
  hold = CASE WHEN :delay > 0 THEN 'due' WHEN limit_key IS NOT NULL THEN 'limit' END,
  reason = :reason, attempt = attempt - :givenBack, ${RUN}
WHERE ${HELD} AND cancel_requested = 0`

/** Where tasks stand, and under which token they were last held. */
export const STANDING = `
SELECT id, token, status, parent_id AS parentId, queue, hold FROM {tasks} WHERE id IN (:ids)`

/** Ends, or gives back, held tasks. */
export async function settle(
  connection: Connection,
  settlements: readonly Settlement[],
): Promise<SettleAnswer[]> {
  const first = firstOfEachClaim(settlements)
  const standing = first.some(isRequeue) ? new Map<string, Standing>() : await endAlone(connection, first)
  const rest = first.filter(({ id, token }) => standing.get(id)?.token !== token)
  if (rest.length > 0) {
    const rows = await write(connection, (transaction) => settleRest(transaction, rest))
    for (const row of rows) standing.set(row.id, row)
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

interface StandingRow extends Standing, Moved {
  readonly queue: string
  readonly hold: TaskHold | null
}

/**
 * Most tasks have no family: one statement ends them all. An UPDATE does not say which rows it changed, but when it
 * changed as many as were asked for, it was all of them. Its reply lost, those it ended are found ended later.
 */
async function endAlone(
  connection: Connection,
  settlements: readonly Settlement[],
): Promise<Map<string, Standing>> {
  const ended = new Map<string, Standing>()
  for (const batch of batches(settlements, lengthOf)) {
    const changed = await writeOnce(connection, (transaction) =>
      transaction.run(END_TASKS_ALONE, endingOf(batch)),
    )
    if (changed < batch.length) continue
    for (const { id, token, to } of batch) ended.set(id, { id, token, status: to as EndStatus })
  }
  return ended
}

async function settleRest(
  transaction: Transaction,
  settlements: readonly Settlement[],
): Promise<readonly Standing[]> {
  const ids = settlements.map(({ id }) => id)
  await lockAbove(transaction, ids)
  for (const batch of batches(settlements.filter(isRequeue), lengthOf)) {
    await transaction.run(REQUEUE_TASKS, requeueingOf(batch))
  }
  const requeued = await transaction.rows<StandingRow>(STANDING, { ids })
  transaction.queued(requeued.filter(({ status }) => status === 'enqueued'))
  // A requeue that moved nothing was asked to cancel, or is no longer held: it ends, or moves nothing again.
  const held = new Map(requeued.flatMap(({ id, token, status }) => (isHeld(status) ? [[id, token]] : [])))
  const endings = settlements.filter(({ id, token }) => held.get(id) === token)
  for (const batch of batches(endings, lengthOf)) await transaction.run(END_TASKS, endingOf(batch))
  const standing = endings.length === 0 ? requeued : await transaction.rows<StandingRow>(STANDING, { ids })
  const ended = await rollUp(transaction, standing)
  return standing.map((row) => ({ ...row, status: ended.get(row.id) ?? row.status }))
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

function isHeld(status: TaskStatus): boolean {
  return HELD_STATUSES.includes(status)
}

function requeueingOf(settlements: readonly Settlement[]): Parameters {
  const eachTask = each('id', settlements, idOf)
  return {
    ...runsOf(settlements, eachTask),
    delay: eachTask(({ delayMs }) => delayMs),
    reason: eachTask(({ reason }) => reason),
  }
}

function endingOf(settlements: readonly Settlement[]): Parameters {
  const eachTask = each('id', settlements, idOf)
  return {
    ...runsOf(settlements, eachTask),
    outcome: eachTask((settlement) => (isRequeue(settlement) ? 'cancelled' : settlement.to)),
    reason: eachTask((settlement) => (isRequeue(settlement) ? 'cancelled' : settlement.reason)),
  }
}

function runsOf(
  settlements: readonly Settlement[],
  eachTask: ReturnType<typeof each<Settlement>>,
): Parameters {
  return {
    ids: settlements.map(idOf),
    token: eachTask(({ token }) => token),
    report: eachTask(({ report }) => report),
    progress: eachTask(({ progress }) => progress),
    startedAgo: eachTask(({ startedAgoMs }) => wholeAgo(startedAgoMs)),
    givenBack: eachTask(({ to }) => (to === 'release' ? 1 : 0)),
  }
}

/** The key by which a task is found. */
export function idOf({ id }: { readonly id: string }): string {
  return id
}

/** What a task's JSON adds to a statement. */
export function lengthOf({ report, progress }: Pick<Settlement, 'report' | 'progress'>): number {
  return (report?.length ?? 0) + (progress?.length ?? 0)
}

/** A time since the start as whole milliseconds, not negative. */
export function wholeAgo(startedAgoMs: number | null): number | null {
  return startedAgoMs === null ? null : Math.max(0, Math.round(startedAgoMs))
}
