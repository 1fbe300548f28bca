import { randomBytes } from 'node:crypto'
import type { CallerTransaction, TaskLogSubject } from '@waybill/conformance'
import mysql, { type ConnectionOptions, type RowDataPacket } from 'mysql2/promise'
import { createMysqlTaskLog, type MysqlTaskLog } from '../src/index.ts'

/** A prefix that nobody else uses. */
export function freshPrefix(): string {
  return `t${randomBytes(8).toString('hex')}_`
}

/** A log in tables that nobody else uses. */
export function freshSubject(uri: string): TaskLogSubject {
  const options = { prefix: freshPrefix() }
  const open = (): MysqlTaskLog => createMysqlTaskLog({ uri }, options)
  return {
    log: open(),
    open: async () => open(),
    begin: () => begin(uri),
    elsewhere: { module: import.meta.resolve('./elsewhere.ts'), options: { uri, ...options } },
    dispose: () => dropTables(uri, options.prefix),
  }
}

/** Drops the tables of a log. */
export async function dropTables(uri: string, prefix: string): Promise<void> {
  const tables = ['tasks', 'workers', 'queues', 'schema'].map((name) => `\`${prefix}${name}\``)
  await run(uri, `DROP TABLE IF EXISTS ${tables.join(', ')}`)
}

async function begin(uri: string): Promise<CallerTransaction> {
  const connection = await mysql.createConnection(uri)
  await connection.beginTransaction()
  return {
    transaction: connection,
    async commit() {
      await connection.commit()
      await connection.end()
    },
    async rollback() {
      await connection.rollback()
      await connection.end()
    },
  }
}

/** Runs statements on a connection of its own; answers the rows of the last. */
export async function run(
  uri: string,
  sql: string | readonly string[],
  config: ConnectionOptions = {},
): Promise<RowDataPacket[]> {
  const connection = await mysql.createConnection({ uri, ...config })
  try {
    let rows: RowDataPacket[] = []
    for (const statement of [sql].flat()) [rows] = await connection.query<RowDataPacket[]>(statement)
    return rows
  } finally {
    await connection.end()
  }
}
