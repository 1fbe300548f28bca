import {
  type AddOutcome,
  isEnded,
  type NewTaskLogRecord,
  type ParentRefusal,
  type TaskStatus,
} from '@waybill/core'
import type { Transaction } from './transaction.ts'

/** Which of these ids are there already. */
export const TAKEN_IDS = `SELECT id FROM {tasks} WHERE id IN (SELECT value FROM json_each(:ids))`

/** Who has these idempotency keys. */
export const TAKEN_KEYS = `
SELECT owner, idempotency_key AS key, id, fingerprint
FROM (SELECT value ->> 0 AS key_owner, value ->> 1 AS key_text FROM json_each(:keys)) AS wanted
CROSS JOIN {tasks} ON owner = key_owner AND idempotency_key = key_text`

/** What decides whether these take a child. The transaction keeps them as they are until it ends. */
export const PARENTS = `
SELECT id, owner, status, token FROM {tasks} WHERE id IN (SELECT value FROM json_each(:ids))`

/** Adds a task, one at a time: a statement costs no round trip. One that is there already stays as it is. */
export const INSERT_TASKS = `
INSERT INTO {tasks} (
  id, parent_id, task_name, queue, parameters, label, owner, category, metadata, master_status, priority, hold,
  idempotency_key, fingerprint, limit_key, limit_max, max_attempts, due_at, created_at, updated_at,
  status, attempt, cancel_requested, has_children
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'enqueued', 0, 0, 0)
ON CONFLICT (id) DO NOTHING`

/** Notes that these were given a child. */
export const MARK_PARENTS = `
UPDATE {tasks} SET has_children = 1
WHERE id IN (SELECT value FROM json_each(:ids)) AND has_children = 0`

/** Adds entries; answers one outcome for each. */
export function add(transaction: Transaction, entries: readonly NewTaskLogRecord[]): AddOutcome[] {
  const fresh: NewTaskLogRecord[] = []
  const outcomes = decide(entries, lookUp(transaction, entries), fresh)
  for (const entry of fresh) insert(transaction, entry)
  const parents = [...new Set(fresh.flatMap(({ parentId }) => parentId ?? []))]
  if (parents.length > 0) transaction.run(MARK_PARENTS, { ids: JSON.stringify(parents) })
  return outcomes
}

interface Holder {
  readonly id: string
  readonly fingerprint: string | null
}

interface Parent {
  readonly owner: string
  readonly status: TaskStatus
  readonly token: string | null
}

/** What is in the log of that which decides about new entries. */
interface Known {
  readonly ids: Set<string>
  readonly keys: Map<string, Holder>
  readonly parents: Map<string, Parent>
}

/** Asks nothing for entries without key and parent: their ids are new, or the insert leaves them alone. */
function lookUp(transaction: Transaction, entries: readonly NewTaskLogRecord[]): Known {
  const keyed = entries.filter(({ idempotencyKey }) => idempotencyKey !== null)
  const children = entries.filter(({ parentId }) => parentId !== null)
  const ids = [...keyed, ...children].map(({ id }) => id)
  const known: Known = { ids: new Set(), keys: new Map(), parents: new Map() }
  if (ids.length === 0) return known
  for (const { id } of transaction.rows<{ id: string }>(TAKEN_IDS, { ids: JSON.stringify(ids) }))
    known.ids.add(id)
  if (keyed.length > 0) {
    const keys = JSON.stringify(keyed.map(({ owner, idempotencyKey }) => [owner, idempotencyKey]))
    const rows = transaction.rows<Holder & { owner: string; key: string }>(TAKEN_KEYS, { keys })
    for (const row of rows) known.keys.set(keyOf(row.owner, row.key), row)
  }
  if (children.length > 0) {
    const rows = transaction.rows<Parent & { id: string }>(PARENTS, {
      ids: JSON.stringify([...new Set(children.map(({ parentId }) => parentId))]),
    })
    for (const row of rows) known.parents.set(row.id, row)
  }
  return known
}

/** Decides about entries in order, each in view of those before it, and collects those to be added. */
function decide(entries: readonly NewTaskLogRecord[], known: Known, fresh: NewTaskLogRecord[]): AddOutcome[] {
  return entries.map((entry) => {
    const { id, owner, idempotencyKey, fingerprint, parentId } = entry
    if (known.ids.has(id)) return { outcome: 'added', id }
    const key = idempotencyKey === null ? null : keyOf(owner, idempotencyKey)
    const holder = key === null ? undefined : known.keys.get(key)
    if (holder !== undefined) {
      return { outcome: holder.fingerprint === fingerprint ? 'existing' : 'conflict', id: holder.id }
    }
    const refusal = parentId === null ? null : refuse(entry, known.parents.get(parentId))
    if (refusal !== null) return { outcome: 'refused', id, refusal }
    known.ids.add(id)
    if (key !== null) known.keys.set(key, { id, fingerprint })
    // What is in the log already stays as it is there.
    if (!known.parents.has(id)) known.parents.set(id, { owner, status: 'enqueued', token: null })
    fresh.push(entry)
    return { outcome: 'added', id }
  })
}

function refuse(entry: NewTaskLogRecord, parent: Parent | undefined): ParentRefusal | null {
  if (parent === undefined) return 'parent_missing'
  if (parent.owner !== entry.owner) return 'parent_foreign'
  if (isEnded(parent.status)) return 'parent_ended'
  if (entry.parentToken === null) return null
  const isHeld = parent.status === 'dequeued' || parent.status === 'running'
  return isHeld && parent.token === entry.parentToken ? null : 'parent_lost'
}

function insert(transaction: Transaction, entry: NewTaskLogRecord): void {
  const { now } = transaction
  const dueAt = entry.dueAt ?? now + entry.delayMs
  const hold = dueAt > now ? 'due' : entry.limitKey === null ? null : 'limit'
  transaction.run(INSERT_TASKS, [
    entry.id,
    entry.parentId,
    entry.taskName,
    entry.queue,
    entry.parameters,
    entry.label,
    entry.owner,
    entry.category,
    entry.metadata,
    entry.masterStatus ? 1 : 0,
    entry.priority,
    hold,
    entry.idempotencyKey,
    entry.fingerprint,
    entry.limitKey,
    entry.limitMax,
    entry.maxAttempts,
    dueAt,
    now,
    now,
  ])
  if (hold === null) transaction.readyQueues.add(entry.queue)
}

/** One key per owner. Neither may hold the character between them. */
function keyOf(owner: string, key: string): string {
  return `${owner}\0${key}`
}
