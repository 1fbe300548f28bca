import type { PromoteAnswer, TaskHold } from '@waybill/core'
import type { Queued, Transaction } from './transaction.ts'

/** Whose time has come, first due first. */
export const DUE_TASKS = `
SELECT seq, due_at AS dueAt, limit_key AS limitKey, limit_max AS limitMax, hold FROM {tasks}
WHERE hold = 'due' AND due_at <= :now ORDER BY due_at, seq LIMIT :limit`

/** How many slots of these limit keys are taken. */
export const TAKEN_SLOTS = `
SELECT value AS limitKey, (
  SELECT count(*) FROM {tasks}
  WHERE limit_key = value AND hold IS NULL AND status IN ('enqueued', 'dequeued', 'running')
) AS taken
FROM json_each(:keys)`

/**
 * Tasks that wait for a slot, in groups by limit key and limit, and of those the ones that have a free slot. One jump
 * through the index for each group, however many tasks are in it: a full one never stands in front of others.
 */
export const FREE_GROUPS = `
WITH RECURSIVE groups (limit_key, limit_max) AS (
  SELECT * FROM (
    SELECT limit_key, limit_max FROM {tasks} WHERE hold = 'limit' ORDER BY limit_key, limit_max LIMIT 1
  )
  UNION ALL
  SELECT next.limit_key, next.limit_max FROM groups JOIN {tasks} AS next ON next.seq = (
    SELECT seq FROM {tasks}
    WHERE hold = 'limit' AND (limit_key, limit_max) > (groups.limit_key, groups.limit_max)
    ORDER BY limit_key, limit_max LIMIT 1
  )
)
SELECT limit_key AS limitKey, limit_max AS limitMax, taken FROM (
  SELECT limit_key, limit_max, (
    SELECT count(*) FROM {tasks}
    WHERE limit_key = groups.limit_key AND hold IS NULL AND status IN ('enqueued', 'dequeued', 'running')
  ) AS taken, (
    SELECT min(due_at) FROM {tasks}
    WHERE hold = 'limit' AND limit_key = groups.limit_key AND limit_max = groups.limit_max
  ) AS first_due
  FROM groups
)
WHERE taken < limit_max ORDER BY first_due LIMIT :limit`

/** The first of a group. */
export const LIMITED_TASKS = `
SELECT seq, due_at AS dueAt, limit_key AS limitKey, limit_max AS limitMax, hold FROM {tasks}
WHERE hold = 'limit' AND limit_key = :limitKey AND limit_max = :limitMax ORDER BY due_at, seq LIMIT :limit`

/** Makes tasks ready. */
export const MAKE_READY = `
UPDATE {tasks} SET hold = NULL, updated_at = :now WHERE seq IN (SELECT value FROM json_each(:seqs))
RETURNING queue, hold`

/** Lets tasks whose time has come wait for a slot. */
export const LET_WAIT = `UPDATE {tasks} SET hold = 'limit' WHERE seq IN (SELECT value FROM json_each(:seqs))`

/** When the next is due. */
export const NEXT_DUE = `SELECT min(due_at) AS dueAt FROM {tasks} WHERE hold = 'due'`

interface Waiting {
  readonly seq: number
  readonly dueAt: number
  readonly limitKey: string | null
  readonly limitMax: number | null
  readonly hold: TaskHold
}

interface Group {
  readonly limitKey: string
  readonly limitMax: number
  readonly taken: number
}

/** Makes tasks ready whose time has come or whose limit key has a free slot. */
export function promote(transaction: Transaction, limit: number): PromoteAnswer {
  const due = transaction.rows<Waiting>(DUE_TASKS, { limit })
  const groups = transaction.rows<Group>(FREE_GROUPS, { limit })
  const limited = groups.flatMap(({ limitKey, limitMax, taken }) =>
    transaction.rows<Waiting>(LIMITED_TASKS, {
      limitKey,
      limitMax,
      limit: Math.min(limit, limitMax - taken),
    }),
  )
  const taken = new Map([...takenSlots(transaction, due), ...groups].map((row) => [row.limitKey, row.taken]))
  const { ready, blocked } = choose([...due, ...limited], taken, limit)
  if (ready.length > 0)
    transaction.queued(transaction.rows<Queued>(MAKE_READY, { seqs: JSON.stringify(ready) }))
  if (blocked.length > 0) transaction.run(LET_WAIT, { seqs: JSON.stringify(blocked) })
  const dueAt = transaction.row<{ dueAt: number | null }>(NEXT_DUE)?.dueAt ?? null
  return {
    promoted: ready.length,
    nextDueMs: dueAt === null ? null : Math.max(0, dueAt - transaction.now),
  }
}

function takenSlots(
  transaction: Transaction,
  due: readonly Waiting[],
): readonly { readonly limitKey: string; readonly taken: number }[] {
  const keys = new Set(due.flatMap(({ limitKey }) => limitKey ?? []))
  return keys.size === 0 ? [] : transaction.rows(TAKEN_SLOTS, { keys: JSON.stringify([...keys]) })
}

/** Goes through tasks as they are due and gives each a slot while there is one. */
function choose(
  waiting: readonly Waiting[],
  taken: Map<string, number>,
  limit: number,
): { readonly ready: number[]; readonly blocked: number[] } {
  const ready: number[] = []
  const blocked: number[] = []
  for (const task of waiting.toSorted((left, right) => left.dueAt - right.dueAt || left.seq - right.seq)) {
    if (ready.length === limit) break
    const used = task.limitKey === null ? 0 : (taken.get(task.limitKey) ?? 0)
    if (task.limitKey !== null && used >= (task.limitMax ?? Number.POSITIVE_INFINITY)) {
      if (task.hold === 'due') blocked.push(task.seq)
      continue
    }
    if (task.limitKey !== null) taken.set(task.limitKey, used + 1)
    ready.push(task.seq)
  }
  return { ready, blocked }
}
