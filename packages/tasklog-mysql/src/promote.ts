import type { PromoteAnswer, TaskHold } from '@waybill/core'
import type { Connection } from './connection.ts'
import { type Transaction, write } from './transaction.ts'

/** Lets one at a time give out slots: two would each count those that the other has not committed. */
export const LOCK_PROMOTION = `SELECT id FROM {schema} ORDER BY id LIMIT 1 FOR UPDATE`

/** Whose time has come, first due first. */
export const DUE_TASKS = `
SELECT seq, queue, due_at AS dueAt, limit_key AS limitKey, limit_max AS limitMax, hold FROM {tasks}
WHERE slot = 'due' AND slot_key = '' AND slot_max = 0 AND due_at <= {now} ORDER BY due_at, seq LIMIT :limit`

/** How many slots of these limit keys are taken. */
export const TAKEN_SLOTS = `
SELECT slot_key AS limitKey, COUNT(*) AS taken FROM {tasks}
WHERE slot = 'taken' AND slot_key IN (:keys) GROUP BY slot_key`

/**
 * Tasks that wait for a slot, in groups by limit key and limit, and of those the ones that have a free slot. Read from
 * the index alone, but every entry of it that waits: MariaDB does not jump from group to group where the columns are
 * generated.
 */
export const FREE_GROUPS = `
SELECT limitKey, limitMax, taken FROM (
  SELECT limitKey, limitMax, firstDue, (
    SELECT COUNT(*) FROM {tasks} WHERE slot = 'taken' AND slot_key = limitKey
  ) AS taken
  FROM (
    SELECT slot_key AS limitKey, slot_max AS limitMax, MIN(due_at) AS firstDue FROM {tasks}
    WHERE slot = 'limit' GROUP BY slot_key, slot_max
  ) AS waiting
) AS counted
WHERE taken < limitMax ORDER BY firstDue LIMIT :limit`

/** The first of a group. */
export const LIMITED_TASKS = `
SELECT seq, queue, due_at AS dueAt, limit_key AS limitKey, limit_max AS limitMax, hold FROM {tasks}
WHERE slot = 'limit' AND slot_key = :limitKey AND slot_max = :limitMax ORDER BY due_at, seq LIMIT :limit`

/** Makes tasks ready. The predicate is repeated, so that a cancel that came in between wins. */
export const MAKE_READY = `
UPDATE {tasks} FORCE INDEX (PRIMARY) SET hold = NULL, updated_at = {moment}
WHERE seq IN (:seqs) AND hold IS NOT NULL`

/** Lets tasks whose time has come wait for a slot. */
export const LET_WAIT = `
UPDATE {tasks} FORCE INDEX (PRIMARY) SET hold = 'limit' WHERE seq IN (:seqs) AND hold = 'due'`

/** When the next is due, from now. */
export const NEXT_DUE = `
SELECT due_at - {now} AS dueMs FROM {tasks}
WHERE slot = 'due' AND slot_key = '' AND slot_max = 0 ORDER BY due_at LIMIT 1`

interface Waiting {
  readonly seq: number
  readonly queue: string
  readonly dueAt: number
  readonly limitKey: string | null
  readonly limitMax: number | null
  readonly hold: TaskHold
}

interface Taken {
  readonly limitKey: string
  readonly taken: number
}

interface Group extends Taken {
  readonly limitMax: number
}

/** Makes tasks ready whose time has come or whose limit key has a free slot. */
export async function promote(connection: Connection, limit: number): Promise<PromoteAnswer> {
  return write(connection, async (transaction) => {
    await transaction.rows(LOCK_PROMOTION)
    const due = await transaction.rows<Waiting>(DUE_TASKS, { limit })
    const groups = await transaction.rows<Group>(FREE_GROUPS, { limit })
    const limited: Waiting[] = []
    for (const { limitKey, limitMax, taken } of groups) {
      const parameters = { limitKey, limitMax, limit: Math.min(limit, limitMax - taken) }
      limited.push(...(await transaction.rows<Waiting>(LIMITED_TASKS, parameters)))
    }
    const taken = new Map(
      [...(await takenSlots(transaction, due)), ...groups].map((row) => [row.limitKey, row.taken]),
    )
    const { ready, blocked } = choose([...due, ...limited], taken, limit)
    const promoted = await makeReady(transaction, ready)
    if (blocked.length > 0) await transaction.run(LET_WAIT, { seqs: blocked.map(({ seq }) => seq) })
    const [next] = await transaction.rows<{ dueMs: number }>(NEXT_DUE)
    return { promoted, nextDueMs: next === undefined ? null : Math.max(0, next.dueMs) }
  })
}

async function takenSlots(transaction: Transaction, due: readonly Waiting[]): Promise<Taken[]> {
  const keys = [...new Set(due.flatMap(({ limitKey }) => limitKey ?? []))]
  return keys.length === 0 ? [] : transaction.rows<Taken>(TAKEN_SLOTS, { keys })
}

async function makeReady(transaction: Transaction, tasks: readonly Waiting[]): Promise<number> {
  if (tasks.length === 0) return 0
  transaction.queued(tasks.map(({ queue }) => ({ queue, hold: null })))
  return transaction.run(MAKE_READY, { seqs: tasks.map(({ seq }) => seq) })
}

/** Goes through tasks as they are due and gives each a slot while there is one. */
function choose(
  waiting: readonly Waiting[],
  taken: Map<string, number>,
  limit: number,
): { readonly ready: Waiting[]; readonly blocked: Waiting[] } {
  const ready: Waiting[] = []
  const blocked: Waiting[] = []
  for (const task of waiting.toSorted((left, right) => left.dueAt - right.dueAt || left.seq - right.seq)) {
    if (ready.length === limit) break
    const used = task.limitKey === null ? 0 : (taken.get(task.limitKey) ?? 0)
    if (task.limitKey !== null && used >= (task.limitMax ?? Number.POSITIVE_INFINITY)) {
      if (task.hold === 'due') blocked.push(task)
      continue
    }
    if (task.limitKey !== null) taken.set(task.limitKey, used + 1)
    ready.push(task)
  }
  return { ready, blocked }
}
