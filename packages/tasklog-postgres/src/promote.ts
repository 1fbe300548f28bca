import type { PromoteAnswer, TaskHold } from '@waybill/core'
import { epochMs } from './columns.ts'
import type { Connection } from './connection.ts'
import { type Queued, read, type Transaction, write } from './transaction.ts'

/** In how many milliseconds the next is due, rounded up, and whether any waits for a slot. */
export const NEXT_DUE = `
SELECT ceil(extract(epoch FROM min(due_at) - {now}) * 1000)::bigint AS "dueInMs",
  (SELECT limit_key FROM {tasks} WHERE hold = 'limit' ORDER BY limit_key LIMIT 1) IS NOT NULL AS "isLimited"
FROM {tasks} WHERE hold = 'due'`

/** Lets one promotion in at a time: slots are counted, then given away. Others only ever give slots back. */
export const LOCK_PROMOTION = `SELECT pg_advisory_xact_lock(hashtextextended('{tasks}', 1))::text`

const WAITING = `id, ${epochMs('due_at')} AS "dueAt", seq, limit_key AS "limitKey", limit_max AS "limitMax", hold`

/** Whose time has come, first due first. */
export const DUE_TASKS: string = `
SELECT ${WAITING} FROM {tasks}
WHERE hold = 'due' AND due_at <= {now} ORDER BY due_at, seq LIMIT (SELECT :limit::bigint) FOR UPDATE SKIP LOCKED`

/** How many slots of these limit keys are taken. */
export const TAKEN_SLOTS = `
SELECT key AS "limitKey", (
  SELECT count(*) FROM {tasks}
  WHERE limit_key = key AND limit_key IS NOT NULL AND hold IS NULL AND status IN ('enqueued', 'dequeued', 'running')
) AS taken
FROM unnest(:keys::text[]) AS key`

/**
 * Tasks that wait for a slot, in groups by limit key and limit, and of those the ones that have a free slot. One jump
 * through the index for each group, however many tasks are in it: a full one never stands in front of others.
 */
export const FREE_GROUPS = `
WITH RECURSIVE groups (limit_key, limit_max) AS (
  (SELECT limit_key, limit_max FROM {tasks} WHERE hold = 'limit' ORDER BY limit_key, limit_max LIMIT 1)
  UNION ALL
  SELECT next.limit_key, next.limit_max FROM groups CROSS JOIN LATERAL (
    SELECT limit_key, limit_max FROM {tasks}
    WHERE hold = 'limit' AND (limit_key, limit_max) > (groups.limit_key, groups.limit_max)
    ORDER BY limit_key, limit_max LIMIT 1
  ) AS next
)
SELECT limit_key AS "limitKey", limit_max AS "limitMax", taken FROM (
  SELECT limit_key, limit_max, (
    SELECT count(*) FROM {tasks} AS task
    WHERE task.limit_key = groups.limit_key AND task.limit_key IS NOT NULL AND hold IS NULL
      AND status IN ('enqueued', 'dequeued', 'running')
  ) AS taken, (
    SELECT min(due_at) FROM {tasks} AS task
    WHERE hold = 'limit' AND task.limit_key = groups.limit_key AND task.limit_max = groups.limit_max
  ) AS first_due
  FROM groups
) AS counted
WHERE taken < limit_max ORDER BY first_due LIMIT :limit`

/** The first of each group, as many as it has slots. */
export const LIMITED_TASKS: string = `
SELECT task.* FROM unnest(:keys::text[], :maxes::integer[], :frees::bigint[]) AS slots (slot_key, slot_max, free)
CROSS JOIN LATERAL (
  SELECT ${WAITING} FROM {tasks}
  WHERE hold = 'limit' AND limit_key = slot_key AND limit_max = slot_max
  ORDER BY due_at, seq LIMIT free FOR UPDATE SKIP LOCKED
) AS task`

/** Makes tasks ready. */
export const MAKE_READY = `
UPDATE {tasks} SET hold = NULL, updated_at = {moment} WHERE id = ANY (:ids::uuid[]) AND hold IS NOT NULL
RETURNING queue, hold`

/** Lets tasks whose time has come wait for a slot. */
export const LET_WAIT = `UPDATE {tasks} SET hold = 'limit' WHERE id = ANY (:ids::uuid[]) AND hold <> 'limit'`

interface NextDue {
  readonly nextDueMs: number | null
  readonly isLimited: boolean
}

interface Waiting {
  readonly id: string
  readonly dueAt: number
  readonly seq: number
  readonly limitKey: string | null
  readonly limitMax: number | null
  readonly hold: TaskHold
}

interface Group {
  readonly limitKey: string
  readonly limitMax: number
  readonly taken: number
}

/** Makes tasks ready whose time has come or whose limit key has a free slot. Mostly there are none: one look. */
export async function promote(connection: Connection, limit: number): Promise<PromoteAnswer> {
  const { nextDueMs, isLimited } = await read(connection, nextDue)
  if (nextDueMs !== 0 && !isLimited) return { promoted: 0, nextDueMs }
  return write(connection, (transaction) => promoteSome(transaction, limit))
}

async function promoteSome(transaction: Transaction, limit: number): Promise<PromoteAnswer> {
  await transaction.run(LOCK_PROMOTION)
  const due = await transaction.rows<Waiting>(DUE_TASKS, { limit })
  const groups = await transaction.rows<Group>(FREE_GROUPS, { limit })
  const limited = groups.length === 0 ? [] : await limitedTasks(transaction, groups, limit)
  const taken = new Map(
    [...(await takenSlots(transaction, due)), ...groups].map((row) => [row.limitKey, row.taken]),
  )
  const { ready, blocked } = choose([...due, ...limited], taken, limit)
  if (ready.length > 0) transaction.queued(await transaction.rows<Queued>(MAKE_READY, { ids: ready }))
  if (blocked.length > 0) await transaction.run(LET_WAIT, { ids: blocked })
  return { promoted: ready.length, nextDueMs: (await nextDue(transaction)).nextDueMs }
}

async function nextDue(transaction: Transaction): Promise<NextDue> {
  const [next] = await transaction.rows<{ dueInMs: number | null; isLimited: boolean }>(NEXT_DUE)
  const dueInMs = next?.dueInMs ?? null
  return { nextDueMs: dueInMs === null ? null : Math.max(0, dueInMs), isLimited: next?.isLimited === true }
}

async function limitedTasks(
  transaction: Transaction,
  groups: readonly Group[],
  limit: number,
): Promise<Waiting[]> {
  return transaction.rows<Waiting>(LIMITED_TASKS, {
    keys: groups.map(({ limitKey }) => limitKey),
    maxes: groups.map(({ limitMax }) => limitMax),
    frees: groups.map(({ limitMax, taken }) => Math.min(limit, limitMax - taken)),
  })
}

async function takenSlots(
  transaction: Transaction,
  due: readonly Waiting[],
): Promise<readonly { readonly limitKey: string; readonly taken: number }[]> {
  const keys = new Set(due.flatMap(({ limitKey }) => limitKey ?? []))
  return keys.size === 0 ? [] : transaction.rows(TAKEN_SLOTS, { keys: [...keys] })
}

/** Goes through tasks as they are due and gives each a slot while there is one. */
function choose(
  waiting: readonly Waiting[],
  taken: Map<string, number>,
  limit: number,
): { readonly ready: string[]; readonly blocked: string[] } {
  const ready: string[] = []
  const blocked: string[] = []
  for (const task of waiting.toSorted((left, right) => left.dueAt - right.dueAt || left.seq - right.seq)) {
    if (ready.length === limit) break
    const used = task.limitKey === null ? 0 : (taken.get(task.limitKey) ?? 0)
    if (task.limitKey !== null && used >= (task.limitMax ?? Number.POSITIVE_INFINITY)) {
      if (task.hold === 'due') blocked.push(task.id)
      continue
    }
    if (task.limitKey !== null) taken.set(task.limitKey, used + 1)
    ready.push(task.id)
  }
  return { ready, blocked }
}
