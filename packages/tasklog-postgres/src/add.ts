import {
  type AddOutcome,
  isEnded,
  type NewTaskLogRecord,
  type ParentRefusal,
  type TaskStatus,
} from '@waybill/core'
import { type Connection, clientOf } from './connection.ts'
import { sqlState } from './errors.ts'
import { givenParameters, givenRows, toInstant } from './rows.ts'
import { type Parameters, type Transaction, within, write, writeOnce } from './transaction.ts'

// What these statements answer is text: in a caller's transaction other type parsers than ours read it.

/** Which of these ids are there already. */
export const TAKEN_IDS = `SELECT id::text FROM {tasks} WHERE id = ANY (:ids::uuid[])`

/** Who has these idempotency keys. */
export const TAKEN_KEYS = `
SELECT owner, idempotency_key AS key, id::text, fingerprint
FROM unnest(:owners::text[], :keys::text[]) AS wanted (key_owner, key_text)
JOIN {tasks} ON owner = key_owner AND idempotency_key = key_text AND idempotency_key IS NOT NULL`

/** What decides whether these take a child. Locked, so that they stay as they are until the child is committed. */
export const PARENTS = `
SELECT id::text, owner, status, token FROM {tasks} WHERE id = ANY (:ids::uuid[]) ORDER BY id FOR UPDATE`

/** Adds tasks, all with one statement. */
export const INSERT_TASKS: string = `
INSERT INTO {tasks} (
  id, parent_id, task_name, queue, parameters, label, owner, category, metadata, master_status, priority,
  idempotency_key, fingerprint, limit_key, limit_max, max_attempts, due_at, created_at, updated_at, hold
)
SELECT id, parent_id, task_name, queue, parameters::jsonb, label, owner, category, metadata::jsonb, master_status, priority,
  idempotency_key, fingerprint, limit_key, limit_max, max_attempts, due_at, {now}, {now},
  CASE WHEN due_at > {now} THEN 'due' WHEN limit_key IS NOT NULL THEN 'limit' END
FROM ${givenRows({
  id: 'uuid',
  parent_id: 'uuid',
  task_name: 'text',
  queue: 'text',
  parameters: 'text',
  label: 'text',
  owner: 'text',
  category: 'text',
  metadata: 'text',
  master_status: 'boolean',
  priority: 'smallint',
  idempotency_key: 'text',
  fingerprint: 'text',
  limit_key: 'text',
  limit_max: 'integer',
  max_attempts: 'integer',
  due: 'timestamptz',
  delay: 'bigint',
})}, LATERAL (SELECT coalesce(due, {now} + delay * interval '1 millisecond') AS due_at) AS time`

/** Adds those whose id and idempotency key are not in use; answers which. */
export const INSERT_NEW_TASKS: string = `${INSERT_TASKS} ON CONFLICT DO NOTHING RETURNING id::text`

/** Notes that these were given a child. */
export const MARK_PARENTS = `
UPDATE {tasks} SET has_children = true WHERE id = ANY (:ids::uuid[]) AND NOT has_children`

/** Adds entries; answers one outcome for each. */
export async function add(
  connection: Connection,
  entries: readonly NewTaskLogRecord[],
  callers?: unknown,
): Promise<AddOutcome[]> {
  if (entries.length === 0) return []
  if (callers !== undefined) {
    return within(connection, clientOf(callers), (transaction) => addWithQuestions(transaction, entries))
  }
  const isKeyed = entries.some(({ idempotencyKey }) => idempotencyKey !== null)
  // Where one entry's key is in the way others are stored, and more is asked then: all of it or nothing.
  if ((isKeyed && entries.length > 1) || entries.some(({ parentId }) => parentId !== null)) {
    return write(connection, (transaction) => addWithQuestions(transaction, entries))
  }
  return writeOnce(connection, (transaction, isRepeat) =>
    isKeyed || isRepeat || connection.isStricter
      ? addWithQuestions(transaction, entries)
      : addAtOnce(transaction, entries),
  )
}

const UNIQUE_VIOLATION = '23505'

/** One statement, unless an id is there already. */
async function addAtOnce(
  transaction: Transaction,
  entries: readonly NewTaskLogRecord[],
): Promise<AddOutcome[]> {
  try {
    await transaction.prepared(INSERT_TASKS, columnsOf(entries))
  } catch (error) {
    if (sqlState(error) === UNIQUE_VIOLATION) return addWithQuestions(transaction, entries)
    throw error
  }
  for (const entry of entries) if (isReady(entry)) transaction.readyQueues.add(entry.queue)
  return entries.map(({ id }) => ({ outcome: 'added', id }))
}

/**
 * Looks first, then adds, and looks again for what others have added in between. An entry that depends on another one of
 * the same call waits for the next round: the other may turn out to be there already, under another id.
 */
async function addWithQuestions(
  transaction: Transaction,
  entries: readonly NewTaskLogRecord[],
): Promise<AddOutcome[]> {
  const outcomes = new Map<NewTaskLogRecord, AddOutcome>()
  for (let open = entries; open.length > 0; open = open.filter((entry) => !outcomes.has(entry))) {
    const fresh = decide(open, await lookUp(transaction, open), outcomes)
    if (fresh.length > 0) await insert(transaction, fresh, outcomes)
  }
  return entries.map((entry) => outcomes.get(entry) as AddOutcome)
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
async function lookUp(transaction: Transaction, entries: readonly NewTaskLogRecord[]): Promise<Known> {
  const keyed = entries.filter(({ idempotencyKey }) => idempotencyKey !== null)
  const children = entries.filter(({ parentId }) => parentId !== null)
  const ids = [...keyed, ...children].map(({ id }) => id)
  const known: Known = { ids: new Set(), keys: new Map(), parents: new Map() }
  if (ids.length === 0) return known
  for (const { id } of await transaction.rows<{ id: string }>(TAKEN_IDS, { ids })) known.ids.add(id)
  if (keyed.length > 0) {
    const wanted = {
      owners: keyed.map(({ owner }) => owner),
      keys: keyed.map(({ idempotencyKey }) => idempotencyKey),
    }
    const rows = await transaction.rows<Holder & { owner: string; key: string }>(TAKEN_KEYS, wanted)
    for (const row of rows) known.keys.set(keyOf(row.owner, row.key), row)
  }
  if (children.length > 0) {
    const parents = [...new Set(children.map(({ parentId }) => parentId))]
    const rows = await transaction.rows<Parent & { id: string }>(PARENTS, { ids: parents })
    for (const row of rows) known.parents.set(row.id, row)
  }
  return known
}

/** Decides about entries that depend on none before them; answers those to be added. */
function decide(
  entries: readonly NewTaskLogRecord[],
  known: Known,
  outcomes: Map<NewTaskLogRecord, AddOutcome>,
): NewTaskLogRecord[] {
  const before = new Set<string>()
  return entries.filter((entry) => {
    const { id, owner, idempotencyKey, parentId } = entry
    const key = idempotencyKey === null ? null : keyOf(owner, idempotencyKey)
    const isDependent = [id, key, parentId].some((each) => each !== null && before.has(each))
    before.add(id)
    if (key !== null) before.add(key)
    if (isDependent) return false
    const outcome = outcomeOf(entry, known, key)
    if (outcome !== null) outcomes.set(entry, outcome)
    return outcome === null
  })
}

/** What becomes of an entry that is not to be added; null for one that is. */
function outcomeOf(entry: NewTaskLogRecord, known: Known, key: string | null): AddOutcome | null {
  const { id, parentId } = entry
  if (known.ids.has(id)) return { outcome: 'added', id }
  const holder = key === null ? undefined : known.keys.get(key)
  if (holder !== undefined) {
    return { outcome: holder.fingerprint === entry.fingerprint ? 'existing' : 'conflict', id: holder.id }
  }
  const refusal = parentId === null ? null : refuse(entry, known.parents.get(parentId))
  return refusal === null ? null : { outcome: 'refused', id, refusal }
}

function refuse(entry: NewTaskLogRecord, parent: Parent | undefined): ParentRefusal | null {
  if (parent === undefined) return 'parent_missing'
  if (parent.owner !== entry.owner) return 'parent_foreign'
  if (isEnded(parent.status)) return 'parent_ended'
  if (entry.parentToken === null) return null
  const isHeld = parent.status === 'dequeued' || parent.status === 'running'
  return isHeld && parent.token === entry.parentToken ? null : 'parent_lost'
}

async function insert(
  transaction: Transaction,
  entries: readonly NewTaskLogRecord[],
  outcomes: Map<NewTaskLogRecord, AddOutcome>,
): Promise<void> {
  const rows = await transaction.prepared<{ id: string }>(INSERT_NEW_TASKS, columnsOf(entries))
  const added = new Set(rows.map(({ id }) => id))
  const parents = new Set<string>()
  for (const entry of entries) {
    const { id, idempotencyKey, parentId } = entry
    // Without a key, only the id can have been in the way.
    if (added.has(id) || idempotencyKey === null) outcomes.set(entry, { outcome: 'added', id })
    if (!added.has(id)) continue
    if (isReady(entry)) transaction.readyQueues.add(entry.queue)
    if (parentId !== null) parents.add(parentId)
  }
  if (parents.size > 0) await transaction.run(MARK_PARENTS, { ids: [...parents] })
}

function isReady({ limitKey, dueAt, delayMs }: NewTaskLogRecord): boolean {
  return limitKey === null && (dueAt !== null || delayMs <= 0)
}

function columnsOf(entries: readonly NewTaskLogRecord[]): Parameters {
  return givenParameters(entries, {
    id: ({ id }) => id,
    parent_id: ({ parentId }) => parentId,
    task_name: ({ taskName }) => taskName,
    queue: ({ queue }) => queue,
    parameters: ({ parameters }) => parameters,
    label: ({ label }) => label,
    owner: ({ owner }) => owner,
    category: ({ category }) => category,
    metadata: ({ metadata }) => metadata,
    master_status: ({ masterStatus }) => masterStatus,
    priority: ({ priority }) => priority,
    idempotency_key: ({ idempotencyKey }) => idempotencyKey,
    fingerprint: ({ fingerprint }) => fingerprint,
    limit_key: ({ limitKey }) => limitKey,
    limit_max: ({ limitMax }) => limitMax,
    max_attempts: ({ maxAttempts }) => maxAttempts,
    due: ({ dueAt }) => (dueAt === null ? null : toInstant(dueAt)),
    delay: ({ delayMs }) => delayMs,
  })
}

/** One key per owner. Neither may hold the character between them. */
function keyOf(owner: string, key: string): string {
  return `${owner}\0${key}`
}
