import { createHash } from 'node:crypto'
import { type SchemaStatus, StoreError } from '@waybill/core'
import { epochMs } from './columns.ts'
import type { Connection } from './connection.ts'
import { isConnectionFault } from './errors.ts'
import type { ResolvedOptions } from './options.ts'
import { CREATE_JOURNAL, nameTables, SCHEMA_STEPS, type SchemaStep } from './schema.ts'
import { patiently, Transaction } from './transaction.ts'

// What the first two answer is text: in a caller's transaction other type parsers than ours read it.

/** Whether the journal is there. Asking for it outright would abort a caller's transaction. */
export const JOURNAL_EXISTS = `
SELECT to_regclass('{schema}')::text AS journal, current_setting('default_transaction_isolation') AS isolation`

/** The steps that were taken. */
export const READ_JOURNAL: string = `
SELECT id, checksum, ${epochMs('applied_at')}::text AS "appliedAt" FROM {schema} ORDER BY id`

/** Notes a step that was taken. */
export const WRITE_JOURNAL = `
INSERT INTO {schema} (id, checksum, applied_at) VALUES (:id, :checksum, {now})`

/**
 * Lets one migrator in at a time. The lock goes with the transaction, so that a transaction pooler may come between:
 * https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
 */
export const LOCK_SCHEMA = `SELECT pg_advisory_xact_lock(hashtextextended('{schema}', 0))::text`

/** Whether the database has the schema the tables go into. */
export const SCHEMA_EXISTS = `SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = :schema) AS exists`

/** Drops what {@link createContainer} made. */
export const DROP_TABLES = `DROP TABLE IF EXISTS {tasks}, {workers}, {queues}, {schema}`

/**
 * Takes the steps that are missing, all in one transaction (DDL is part of it in PostgreSQL).
 *
 * @throws StoreError `schema_newer`, or `schema_drifted` when a step that was taken is not the one this release has
 */
export async function createContainer(connection: Connection): Promise<void> {
  await patiently(connection, async (client) => {
    const transaction = new Transaction(connection, client)
    if (requireKnown(connection, await readStatus(transaction)).state === 'current') return
    await transaction.run('BEGIN')
    try {
      await transaction.run(LOCK_SCHEMA)
      await takeSteps(transaction)
    } catch (error) {
      if (!isConnectionFault(error)) await transaction.run('ROLLBACK')
      throw error
    }
    await transaction.run('COMMIT')
  })
}

async function takeSteps(transaction: Transaction): Promise<void> {
  const { connection } = transaction
  const { schema } = connection.options
  // CREATE SCHEMA IF NOT EXISTS asks for the privilege to create one even where it exists.
  const [found] = await transaction.rows<{ exists: boolean }>(SCHEMA_EXISTS, { schema })
  if (found?.exists !== true) await transaction.run(`CREATE SCHEMA "${schema}"`)
  await transaction.run(CREATE_JOURNAL)
  const { steps } = requireKnown(connection, await readStatus(transaction))
  for (const [index, step] of SCHEMA_STEPS.entries()) {
    if (steps[index]?.appliedAt !== null) continue
    await transaction.run(step.sql)
    await transaction.run(WRITE_JOURNAL, { id: step.id, checksum: checksum(step) })
  }
}

/** Drops the tables; the schema stays, it may hold other things. */
export async function dropContainer(connection: Connection): Promise<void> {
  connection.isFitting = false
  await patiently(connection, (client) => new Transaction(connection, client).run(DROP_TABLES))
}

/** What is taken and what is missing. */
export async function schemaStatus(connection: Connection): Promise<SchemaStatus> {
  return patiently(connection, (client) => readStatus(new Transaction(connection, client)))
}

/** All statements {@link createContainer} runs on an empty database. */
export function schemaSql(options: ResolvedOptions): string {
  const statements = [
    `CREATE SCHEMA IF NOT EXISTS "${options.schema}";`,
    CREATE_JOURNAL,
    ...SCHEMA_STEPS.map(({ sql }) => sql),
  ]
  return statements.map((sql) => nameTables(sql, options).trim()).join('\n\n')
}

/** @throws StoreError when the tables are missing, outdated or from a newer release */
export async function requireSchema(transaction: Transaction): Promise<void> {
  const { connection } = transaction
  if (connection.isFitting) return
  const { state } = await readStatus(transaction)
  if (state !== 'current') throw refusal(`schema_${state}`, connection)
  connection.isFitting = true
}

interface JournalEntry {
  readonly id: string
  readonly checksum: string
  readonly appliedAt: string
}

async function readStatus(transaction: Transaction): Promise<SchemaStatus> {
  const { connection } = transaction
  const [found] = await transaction.rows<{ journal: string | null; isolation: string }>(JOURNAL_EXISTS)
  connection.isStricter = found?.isolation !== 'read committed'
  const entries = found?.journal == null ? [] : await transaction.rows<JournalEntry>(READ_JOURNAL)
  const taken = new Map(entries.map((entry) => [entry.id, entry]))
  const steps = SCHEMA_STEPS.map((step) => {
    const entry = taken.get(step.id)
    const checksumFits = entry === undefined || entry.checksum === checksum(step)
    return { id: step.id, appliedAt: entry === undefined ? null : Number(entry.appliedAt), checksumFits }
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
  schema_newer:
    'has tables of a newer release. Upgrade @waybill/tasklog-postgres; the tables were not touched.',
  schema_drifted:
    'was made by other statements than this release knows. See what differs with: waybill doctor.',
} as const

function refusal(code: keyof typeof REFUSALS, { options }: Connection): StoreError {
  return new StoreError(code, `The schema ${options.schema} (prefix ${options.prefix}) ${REFUSALS[code]}`)
}
