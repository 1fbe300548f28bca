import type { Clock } from '@waybill/core'
import { createMemoryTaskLog, type MemoryTaskLog } from '@waybill/tasklog-memory'
import pg from 'pg'
import { createPostgresTaskLog, type PostgresTaskLog } from '../src/index.ts'
import { dropSchema, freshName } from './fresh-schema.ts'

export { idOf, newEntry, tokenOf } from '@waybill/tools/searches'

/** The log under test and the reference, under one virtual clock. */
export interface BothLogs {
  readonly postgres: PostgresTaskLog
  readonly memory: MemoryTaskLog
  /** Moves the clock of both. */
  pass(ms: number): Promise<void>
  close(): Promise<void>
}

/** Both logs, empty. A schema that is looked into before the system's own tells the log what time it is. */
export async function openBothLogs(connectionString: string): Promise<BothLogs> {
  let now = Date.UTC(2026, 10, 24)
  const clock: Clock = { now: () => now, monotonic: () => now, setTimer: () => () => undefined }
  const schema = freshName()
  const client = new pg.Client(connectionString)
  await client.connect()
  await client.query(`
    CREATE SCHEMA ${schema};
    CREATE TABLE ${schema}.clock AS SELECT to_timestamp(${now / 1_000}) AS now;
    CREATE FUNCTION ${schema}.statement_timestamp() RETURNS timestamptz STABLE LANGUAGE sql
      RETURN (SELECT now FROM ${schema}.clock)`)
  const log = createPostgresTaskLog(
    { config: { connectionString, options: `-c search_path=${schema},pg_catalog` } },
    { schema, notify: false },
  )
  await log.createContainer()
  return {
    postgres: log,
    memory: createMemoryTaskLog({ clock }),
    async pass(ms) {
      now += ms
      await client.query(`UPDATE ${schema}.clock SET now = to_timestamp(${now / 1_000})`)
    },
    async close() {
      await log.close()
      await client.end()
      await dropSchema(connectionString, schema)
    },
  }
}
