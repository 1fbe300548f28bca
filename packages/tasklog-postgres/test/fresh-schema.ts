import { randomBytes } from 'node:crypto'
import type { CallerTransaction, TaskLogSubject } from '@waybill/conformance'
import pg from 'pg'
import { createPostgresTaskLog } from '../src/index.ts'

/** A log in a schema that nobody else uses. */
export function freshSchema(connectionString: string): TaskLogSubject {
  const options = { schema: `test_${randomBytes(8).toString('hex')}` }
  return {
    log: createPostgresTaskLog({ connectionString }, options),
    open: async () => createPostgresTaskLog({ connectionString }, options),
    begin: () => begin(connectionString),
    elsewhere: { module: import.meta.resolve('./elsewhere.ts'), options: { connectionString, ...options } },
    dispose: () => run(connectionString, `DROP SCHEMA IF EXISTS ${options.schema} CASCADE`),
  }
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

/** Runs a statement on a connection of its own. */
export async function run(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client(connectionString)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
