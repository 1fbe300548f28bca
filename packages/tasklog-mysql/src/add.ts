import {
  type AddOutcome,
  isEnded,
  type NewTaskLogRecord,
  type ParentRefusal,
  type TaskStatus,
} from '@waybill/core'
import type { Connection, MysqlClient } from './connection.ts'
import { isDuplicate } from './errors.ts'
import { batches, Fragment, hex, literal, type Value } from './literals.ts'
import { NOW } from './schema.ts'
import { type Transaction, within, write, writeOnce } from './transaction.ts'

// What these statements answer is ASCII text: a caller's transaction has its own ways to read numbers and characters.

/** Which of these ids are there already. */
export const TAKEN_IDS = `SELECT id FROM {tasks} WHERE id IN (:ids)`

/** Who has these idempotency keys. */
export const TAKEN_KEYS = `
SELECT HEX(owner) AS owner, HEX(idempotency_key) AS \`key\`, id, fingerprint FROM {tasks} WHERE :keys`

/**
 * The same as others have committed it by now. In a caller's transaction at REPEATABLE READ a plain SELECT does not see
 * the key that was in the way of an insert. Not asked at first: where the key is not there, the lock is one on the gap,
 * and two transactions that hold it and then insert wait for each other.
 */
export const TAKEN_KEYS_BY_NOW: string = `${TAKEN_KEYS} LOCK IN SHARE MODE`

/** What decides whether these take a child. Locked, so that they stay as they are until the child is committed. */
export const PARENTS = `
SELECT id, HEX(owner) AS owner, status, token FROM {tasks} FORCE INDEX (tasks_id)
WHERE id IN (:ids) ORDER BY id FOR UPDATE`

/** Adds tasks, all with one statement; a column that is left out has its default for all of them. */
export const INSERT_TASKS = `INSERT INTO {tasks} (:columns) VALUES :rows`

/** Adds those whose id and idempotency key are not in use. INSERT IGNORE would also ignore what is wrong with a value. */
export const INSERT_NEW_TASKS: string = `${INSERT_TASKS} ON DUPLICATE KEY UPDATE seq = seq`

/** Notes that these were given a child. */
export const MARK_PARENTS = `
UPDATE {tasks} FORCE INDEX (tasks_id) SET has_children = 1 WHERE id IN (:ids) AND has_children = 0`

/** Adds entries; answers one outcome for each. */
export async function add(
  connection: Connection,
  entries: readonly NewTaskLogRecord[],
  callers?: MysqlClient,
): Promise<AddOutcome[]> {
  if (entries.length === 0) return []
  if (callers !== undefined) {
    return within(connection, callers, (transaction) => addWithQuestions(transaction, entries))
  }
  const isPlain = entries.every(
    ({ parentId, idempotencyKey }) => parentId === null && idempotencyKey === null,
  )
  if (isPlain && batches(entries, lengthOf, entries.length).length === 1) {
    const outcomes = await addAtOnce(connection, entries)
    if (outcomes !== null) return outcomes
  }
  return write(connection, (transaction) => addWithQuestions(transaction, entries))
}

/** One statement, unless an id is there already. */
async function addAtOnce(
  connection: Connection,
  entries: readonly NewTaskLogRecord[],
): Promise<AddOutcome[] | null> {
  return writeOnce(connection, async (transaction) => {
    try {
      await transaction.run(INSERT_TASKS, valuesOf(entries))
    } catch (error) {
      if (isDuplicate(error)) return null
      throw error
    }
    for (const entry of entries) if (isReady(entry)) transaction.readyQueues.add(entry.queue)
    return entries.map(({ id }) => ({ outcome: 'added', id }))
  })
}

/**
 * Looks first, then adds, and looks again for what others have added in between. An entry whose parent is added by the
 * same call waits for the next round, for its parent may turn out to be there under another id.
 */
async function addWithQuestions(
  transaction: Transaction,
  entries: readonly NewTaskLogRecord[],
): Promise<AddOutcome[]> {
  const outcomes = new Map<NewTaskLogRecord, AddOutcome>()
  let takenKeys = TAKEN_KEYS
  for (let open = entries; open.length > 0; open = open.filter((entry) => !outcomes.has(entry))) {
    const fresh = decide(open, await lookUp(transaction, open, takenKeys), outcomes)
    const freshIds = new Set(fresh.map(({ id }) => id))
    const next = fresh.filter(({ parentId }) => parentId === null || !freshIds.has(parentId))
    for (const batch of batches(next, lengthOf, next.length)) await insert(transaction, batch, outcomes)
    takenKeys = TAKEN_KEYS_BY_NOW
  }
  return entries.map((entry) => outcomes.get(entry) as AddOutcome)
}

interface Holder {
  readonly id: string
  readonly fingerprint: string | null
}

interface Parent {
  /** The bytes of the owner's name. */
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

async function lookUp(
  transaction: Transaction,
  entries: readonly NewTaskLogRecord[],
  takenKeys: string,
): Promise<Known> {
  const known: Known = { ids: new Set(), keys: new Map(), parents: new Map() }
  const ids = entries.map(({ id }) => id)
  for (const { id } of await transaction.rows<{ id: string }>(TAKEN_IDS, { ids })) known.ids.add(id)
  const keys = keysOf(entries)
  if (keys !== null) {
    const rows = await transaction.rows<Holder & { owner: string; key: string }>(takenKeys, { keys })
    for (const row of rows) known.keys.set(`${row.owner} ${row.key}`, row)
  }
  const parents = [...new Set(entries.flatMap(({ parentId }) => parentId ?? []))]
  if (parents.length > 0) {
    const rows = await transaction.rows<Parent & { id: string }>(PARENTS, { ids: parents })
    for (const row of rows) known.parents.set(row.id, row)
  }
  return known
}

/** Decides about entries in order, each in view of those before it; answers those to be added. */
function decide(
  entries: readonly NewTaskLogRecord[],
  known: Known,
  outcomes: Map<NewTaskLogRecord, AddOutcome>,
): NewTaskLogRecord[] {
  return entries.filter((entry) => {
    const { id, owner, idempotencyKey, fingerprint, parentId } = entry
    if (known.ids.has(id)) {
      outcomes.set(entry, { outcome: 'added', id })
      return false
    }
    const key = idempotencyKey === null ? null : `${hex(owner)} ${hex(idempotencyKey)}`
    const holder = key === null ? undefined : known.keys.get(key)
    if (holder !== undefined) {
      outcomes.set(entry, {
        outcome: holder.fingerprint === fingerprint ? 'existing' : 'conflict',
        id: holder.id,
      })
      return false
    }
    const refusal = parentId === null ? null : refuse(entry, known.parents.get(parentId))
    if (refusal !== null) {
      outcomes.set(entry, { outcome: 'refused', id, refusal })
      return false
    }
    known.ids.add(id)
    if (key !== null) known.keys.set(key, { id, fingerprint })
    known.parents.set(id, { owner: hex(owner), status: 'enqueued', token: null })
    return true
  })
}

function refuse(entry: NewTaskLogRecord, parent: Parent | undefined): ParentRefusal | null {
  if (parent === undefined) return 'parent_missing'
  if (parent.owner !== hex(entry.owner)) return 'parent_foreign'
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
  await transaction.run(INSERT_NEW_TASKS, valuesOf(entries))
  const ids = entries.map(({ id }) => id)
  const rows = await transaction.rows<{ id: string }>(TAKEN_IDS, { ids })
  const added = new Set(rows.map(({ id }) => id))
  const parents = new Set<string>()
  for (const entry of entries) {
    const { id, idempotencyKey, parentId } = entry
    // Without a key, only the id can have been in the way.
    if (!added.has(id) && idempotencyKey !== null) continue
    outcomes.set(entry, { outcome: 'added', id })
    if (isReady(entry)) transaction.readyQueues.add(entry.queue)
    if (parentId !== null) parents.add(parentId)
  }
  if (parents.size > 0) await transaction.run(MARK_PARENTS, { ids: [...parents] })
}

function isReady({ limitKey, dueAt, delayMs }: NewTaskLogRecord): boolean {
  return limitKey === null && (dueAt !== null || delayMs <= 0)
}

/** Which rows have the owner and key of one of these entries; null when none has a key. */
function keysOf(entries: readonly NewTaskLogRecord[]): Fragment | null {
  const conditions = entries.flatMap(({ owner, idempotencyKey }) =>
    idempotencyKey === null
      ? []
      : `(idempotency_key = ${literal(idempotencyKey)} AND key_owner = ${literal(owner)})`,
  )
  return conditions.length === 0 ? null : new Fragment(`(${conditions.join(' OR ')})`)
}

/** The time of the statement: see {@link SCHEMA_STEPS}. */
const DEFAULT: Fragment = new Fragment('DEFAULT')

/** What is written for each entry, and what its column holds when it is left out. */
const INSERTED: readonly (readonly [string, (entry: NewTaskLogRecord) => Value, Value?])[] = [
  ['id', ({ id }) => id],
  ['parent_id', ({ parentId }) => parentId, null],
  ['task_name', ({ taskName }) => taskName],
  ['queue', ({ queue }) => queue],
  ['parameters', ({ parameters }) => parameters],
  ['label', ({ label }) => label],
  ['owner', ({ owner }) => owner],
  ['category', ({ category }) => category],
  ['metadata', ({ metadata }) => metadata, null],
  ['master_status', ({ masterStatus }) => Number(masterStatus), 0],
  ['priority', ({ priority }) => priority, 0],
  ['idempotency_key', ({ idempotencyKey }) => idempotencyKey, null],
  ['fingerprint', ({ fingerprint }) => fingerprint, null],
  ['limit_key', ({ limitKey }) => limitKey, null],
  ['limit_max', ({ limitMax }) => limitMax, null],
  ['max_attempts', ({ maxAttempts }) => maxAttempts],
  ['due_at', dueAtOf, DEFAULT],
  ['hold', holdOf, null],
]

/**
 * The entries as rows of values. A column that has its default in all of them is left out: to read it once for each row
 * would cost the server more than all else it does with it.
 */
function valuesOf(entries: readonly NewTaskLogRecord[]): {
  readonly columns: Fragment
  readonly rows: Fragment
} {
  const used = INSERTED.filter(([, value, unset]) => entries.some((entry) => value(entry) !== unset))
  const rows = entries.map((entry) => `(${used.map(([, value]) => literal(value(entry))).join(',')})`)
  return { columns: new Fragment(used.map(([name]) => name).join(', ')), rows: new Fragment(rows.join(',')) }
}

function dueAtOf({ dueAt, delayMs }: NewTaskLogRecord): Value {
  return dueAt ?? (delayMs > 0 ? new Fragment(`${NOW} + ${literal(delayMs)}`) : DEFAULT)
}

function holdOf({ dueAt, delayMs, limitKey }: NewTaskLogRecord): Value {
  const hold = limitKey === null ? null : 'limit'
  if (dueAt !== null)
    return new Fragment(`CASE WHEN ${literal(dueAt)} > ${NOW} THEN 'due' ELSE ${literal(hold)} END`)
  return delayMs > 0 ? 'due' : hold
}

/** What a task's texts add to a statement. */
function lengthOf({ parameters, metadata, label }: NewTaskLogRecord): number {
  return parameters.length + (metadata?.length ?? 0) + label.length
}
