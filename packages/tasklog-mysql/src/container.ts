import { createHash } from 'node:crypto'
import { type SchemaStatus, StoreError } from '@waybill/core'
import type { Connection, MysqlClient } from './connection.ts'
import { isConnectionFault } from './errors.ts'
import { CREATE_JOURNAL, nameTables, SCHEMA_STEPS, type SchemaStep, statementsOf } from './schema.ts'
import { patiently, Transaction } from './transaction.ts'

/** Whether the journal is there. */
export const JOURNAL_EXISTS = `
SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = :name`

/** The steps that were taken. */
export const READ_JOURNAL = `SELECT id, checksum, applied_at AS appliedAt FROM {schema} ORDER BY id`

/** Notes a step that was taken. */
export const WRITE_JOURNAL = `INSERT INTO {schema} (id, checksum, applied_at) VALUES (:id, :checksum, {now})`

/**
 * Lets one migrator in at a time. DDL commits, so the lock is the connection's and not a transaction's; it goes when the
 * connection breaks (https://dev.mysql.com/doc/refman/8.0/en/locking-functions.html).
 */
export const LOCK_SCHEMA = `SELECT GET_LOCK(SHA2(CONCAT(DATABASE(), '.', :name), 256), 50) AS isLocked`

/** Lets the next migrator in. */
export const UNLOCK_SCHEMA = `SELECT RELEASE_LOCK(SHA2(CONCAT(DATABASE(), '.', :name), 256)) AS isReleased`

/** Drops what {@link createContainer} made. */
export const DROP_TABLES = `DROP TABLE IF EXISTS {tasks}, {workers}, {queues}, {schema}`

/**
 * Takes the steps that are missing. Each is noted once it is done whole, and can be repeated when it was not.
 *
 * @throws StoreError `schema_newer`, or `schema_drifted` when a step that was taken is not the one this release has
 */
export async function createContainer(connection: Connection): Promise<void> {
  await patiently(connection, async (client) => {
    const transaction = new Transaction(connection, client)
    if (requireKnown(connection, await readStatus(transaction)).state === 'current') return
    const name = journalOf(connection)
    const [lock] = await transaction.rows<{ isLocked: number | null }>(LOCK_SCHEMA, { name })
    if (lock?.isLocked !== 1) throw stillMigrating(connection)
    try {
      await takeSteps(transaction)
    } catch (error) {
      if (isConnectionFault(error)) throw error
      await transaction.rows(UNLOCK_SCHEMA, { name })
      throw error
    }
    await transaction.rows(UNLOCK_SCHEMA, { name })
  })
}

async function takeSteps(transaction: Transaction): Promise<void> {
  for (const statement of statementsOf(CREATE_JOURNAL)) await transaction.execute(statement)
  const { steps } = requireKnown(transaction.connection, await readStatus(transaction))
  for (const [index, step] of SCHEMA_STEPS.entries()) {
    if (steps[index]?.appliedAt !== null) continue
    for (const statement of statementsOf(step.sql)) await transaction.execute(statement)
    await transaction.run(WRITE_JOURNAL, { id: step.id, checksum: checksum(step) })
  }
}

/** Drops the tables. */
export async function dropContainer(connection: Connection): Promise<void> {
  connection.isFitting = false
  await patiently(connection, (client) => new Transaction(connection, client).execute(DROP_TABLES))
}

/** What is taken and what is missing. */
export async function schemaStatus(connection: Connection): Promise<SchemaStatus> {
  return patiently(connection, (client) => readStatus(new Transaction(connection, client)))
}

/** All statements {@link createContainer} runs on an empty database. */
export function schemaSql(connection: Connection): string {
  const statements = [CREATE_JOURNAL, ...SCHEMA_STEPS.map(({ sql }) => sql)]
  return statements.map((sql) => nameTables(sql, connection.options.prefix).trim()).join('\n\n')
}

/** @throws StoreError when the tables are missing, outdated or from a newer release */
export async function requireSchema(connection: Connection, client: MysqlClient): Promise<void> {
  if (connection.isFitting) return
  const { state } = await readStatus(new Transaction(connection, client))
  if (state !== 'current') throw refusal(`schema_${state}`, connection)
  connection.isFitting = true
}

function journalOf({ options }: Connection): string {
  return `${options.prefix}schema`
}

interface JournalEntry {
  readonly id: string
  readonly checksum: string
  readonly appliedAt: number
}

async function readStatus(transaction: Transaction): Promise<SchemaStatus> {
  const name = journalOf(transaction.connection)
  const [journal] = await transaction.rows(JOURNAL_EXISTS, { name })
  const entries = journal === undefined ? [] : await transaction.rows<JournalEntry>(READ_JOURNAL)
  const taken = new Map(entries.map((entry) => [entry.id, entry]))
  const steps = SCHEMA_STEPS.map((step) => {
    const entry = taken.get(step.id)
    const checksumFits = entry === undefined || entry.checksum === checksum(step)
    return { id: step.id, appliedAt: entry?.appliedAt ?? null, checksumFits }
  })
  return { state: stateOf(taken, steps), steps }
}

function stateOf(taken: ReadonlyMap<string, unknown>, steps: SchemaStatus['steps']): SchemaStatus['state'] {
  const known = steps.filter((step) => step.appliedAt !== null).length
  if (taken.size > known) return 'newer'
  if (known === 0) return 'missing'
  return known < steps.length ? 'outdated' : 'current'
}

function requireKnown(connection: Connection, status: SchemaStatus): SchemaStatus {
  if (status.state === 'newer') throw refusal('schema_newer', connection)
  if (status.steps.some((step) => !step.checksumFits)) throw refusal('schema_drifted', connection)
  return status
}

/** Of the text with its placeholders, so that it is the same under every prefix. */
function checksum(step: SchemaStep): string {
  return createHash('sha256').update(step.sql).digest('hex')
}

const REFUSALS = {
  schema_missing:
    'has no tables of the task log. Create them with: waybill schema up (or createContainer()).',
  schema_outdated:
    'has tables of an older release. Upgrade them with: waybill schema up (or createContainer()).',
  schema_newer: 'has tables of a newer release. Upgrade @waybill/tasklog-mysql; the tables were not touched.',
  schema_drifted:
    'was made by other statements than this release knows. See what differs with: waybill doctor.',
} as const

function refusal(code: keyof typeof REFUSALS, { options }: Connection): StoreError {
  return new StoreError(code, `The database (prefix ${options.prefix}) ${REFUSALS[code]}`)
}

function stillMigrating({ options }: Connection): StoreError {
  return new StoreError(
    'store_contention',
    `The database (prefix ${options.prefix}) is being upgraded by another process. Try again when it is done.`,
    { retryable: true },
  )
}
