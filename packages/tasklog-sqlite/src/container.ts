import { createHash } from 'node:crypto'
import { type SchemaStatus, StoreError } from '@waybill/core'
import type { Connection } from './connection.ts'
import { CREATE_JOURNAL, DROP_TABLES, nameTables, SCHEMA_STEPS, type SchemaStep } from './schema.ts'
import type { Transaction } from './transaction.ts'

/** Whether the journal is there. */
export const JOURNAL_EXISTS = `SELECT count(*) AS found FROM sqlite_schema WHERE type = 'table' AND name = :name`

/** The steps that were taken. */
export const READ_JOURNAL = `SELECT id, checksum, applied_at AS appliedAt FROM {schema}`

/** Writes a step down as taken. */
export const WRITE_JOURNAL = `INSERT INTO {schema} (id, checksum, applied_at) VALUES (:id, :checksum, :now)`

/** Changes with every change of the schema, by whomever; cheap enough to ask before every call. */
export const SCHEMA_VERSION = 'PRAGMA schema_version'

/**
 * Takes the steps that are missing, all in one transaction (DDL is part of it in SQLite). The write lock, which the
 * transaction holds, keeps a second migrator waiting.
 *
 * @throws StoreError `schema_newer`, or `schema_drifted` when a step that was taken is not the one this release has
 */
export function createContainer(transaction: Transaction): void {
  const { database, options } = transaction.connection
  const status = schemaStatus(transaction.connection)
  if (status.state === 'newer') throw refusal('schema_newer', transaction.connection)
  if (status.steps.some((step) => !step.checksumFits)) throw refusal('schema_drifted', transaction.connection)
  database.exec(nameTables(CREATE_JOURNAL, options.prefix))
  for (const [index, step] of SCHEMA_STEPS.entries()) {
    if (status.steps[index]?.appliedAt !== null) continue
    database.exec(nameTables(step.sql, options.prefix))
    transaction.run(WRITE_JOURNAL, { id: step.id, checksum: checksum(step) })
  }
}

/** Drops the tables, with every task in them. */
export function dropContainer({ connection }: Transaction): void {
  connection.database.exec(nameTables(DROP_TABLES, connection.options.prefix))
  connection.fittingSchema = null
}

/** What is taken and what is missing. */
export function schemaStatus(connection: Connection): SchemaStatus {
  const taken = readJournal(connection)
  const steps = SCHEMA_STEPS.map((step) => {
    const entry = taken.get(step.id)
    const checksumFits = entry === undefined || entry.checksum === checksum(step)
    return { id: step.id, appliedAt: entry?.appliedAt ?? null, checksumFits }
  })
  return { state: stateOf(taken, steps), steps }
}

/** @throws StoreError when the tables are missing, outdated or from a newer release */
export function requireSchema(connection: Connection): void {
  const version = (connection.statement(SCHEMA_VERSION).get() as { schema_version: number }).schema_version
  if (version === connection.fittingSchema) return
  const { state } = schemaStatus(connection)
  if (state !== 'current') throw refusal(`schema_${state}`, connection)
  connection.fittingSchema = version
}

/** All statements {@link createContainer} runs on an empty database. */
export function schemaSql(prefix: string): string {
  const statements = [CREATE_JOURNAL, ...SCHEMA_STEPS.map((step) => step.sql)]
  return statements.map((sql) => nameTables(sql, prefix).trim()).join('\n\n')
}

interface JournalEntry {
  readonly id: string
  readonly checksum: string
  readonly appliedAt: number
}

function readJournal(connection: Connection): Map<string, JournalEntry> {
  const name = nameTables('{schema}', connection.options.prefix)
  const { found } = connection.statement(JOURNAL_EXISTS).get({ name }) as { found: number }
  const entries = found === 0 ? [] : (connection.statement(READ_JOURNAL).all() as JournalEntry[])
  return new Map(entries.map((entry) => [entry.id, entry]))
}

function stateOf(taken: ReadonlyMap<string, unknown>, steps: SchemaStatus['steps']): SchemaStatus['state'] {
  const known = steps.filter((step) => step.appliedAt !== null).length
  if (taken.size > known) return 'newer'
  if (known === 0) return 'missing'
  return known < steps.length ? 'outdated' : 'current'
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
    'has tables of a newer release. Upgrade @waybill/tasklog-sqlite; the tables were not touched.',
  schema_drifted:
    'was made by other statements than this release knows. See what differs with: waybill doctor.',
} as const

function refusal(code: keyof typeof REFUSALS, { database, options }: Connection): StoreError {
  return new StoreError(code, `The database ${database.name} (prefix ${options.prefix}) ${REFUSALS[code]}`)
}
