import type { Clock, NewTaskLogRecord } from '@waybill/core'
import { createMemoryTaskLog, type MemoryTaskLog } from '@waybill/tasklog-memory'
import pg from 'pg'
import { createPostgresTaskLog, type PostgresTaskLog } from '../src/index.ts'
import { dropSchema, freshName } from './fresh-schema.ts'

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

/** The id of the entry with this number. */
export function idOf(index: number): string {
  return `01900000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`
}

/** The token of the claim with this number. */
export function tokenOf(index: number): string {
  return index.toString(16).padStart(32, '0')
}

/** An entry as core would hand it on. */
export function newEntry(index: number, fields: Partial<NewTaskLogRecord> = {}): NewTaskLogRecord {
  return {
    id: idOf(index),
    parentId: null,
    parentToken: null,
    taskName: 'report.build',
    queue: 'default',
    parameters: '{}',
    label: `Entry ${index}`,
    owner: 'ada',
    category: 'unknown',
    metadata: null,
    masterStatus: false,
    priority: 0,
    idempotencyKey: null,
    fingerprint: null,
    limitKey: null,
    limitMax: null,
    maxAttempts: 3,
    delayMs: 0,
    dueAt: null,
    ...fields,
  }
}
