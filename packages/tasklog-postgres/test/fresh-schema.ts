import { randomBytes } from 'node:crypto'
import type { CallerTransaction, TaskLogSubject } from '@waybill/conformance'
import pg from 'pg'
import { createPostgresTaskLog, type PostgresTaskLog, type PostgresTaskLogOptions } from '../src/index.ts'

/** The name of a schema that nobody else uses. */
export function freshName(): string {
  return `t${randomBytes(8).toString('hex')}`
}

/** A log in a schema that nobody else uses. */
export function freshSubject(connectionString: string, more: PostgresTaskLogOptions = {}): TaskLogSubject {
  const options = { schema: freshName(), ...more }
  const open = (): PostgresTaskLog => createPostgresTaskLog({ connectionString }, options)
  return {
    log: open(),
    open: async () => open(),
    begin: () => begin(connectionString),
    elsewhere: { module: import.meta.resolve('./elsewhere.ts'), options: { connectionString, ...options } },
    dispose: () => drop(connectionString, options),
  }
}

async function drop(connectionString: string, { schema, prefix }: PostgresTaskLogOptions): Promise<void> {
  if (schema !== 'public') return dropSchema(connectionString, schema as string)
  await using log = createPostgresTaskLog({ connectionString }, { prefix: prefix as string })
  await log.dropContainer()
}

/** Drops a schema and all that is in it. */
export async function dropSchema(connectionString: string, schema: string): Promise<void> {
  await run(
    connectionString,
    `BEGIN; SET LOCAL client_min_messages = error; DROP SCHEMA IF EXISTS ${schema} CASCADE; COMMIT`,
  )
}

async function begin(connectionString: string): Promise<CallerTransaction> {
  const client = new pg.Client(connectionString)
  await client.connect()
  await client.query('BEGIN')
  const end = async (sql: string): Promise<void> => {
    await client.query(sql)
    await client.end()
  }
  return { transaction: client, commit: () => end('COMMIT'), rollback: () => end('ROLLBACK') }
}

/** Runs a statement on a connection of its own; answers its rows. */
export async function run(connectionString: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(connectionString)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
