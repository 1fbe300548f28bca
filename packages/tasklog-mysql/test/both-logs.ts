import type { Clock, NewTaskLogRecord } from '@waybill/core'
import { createMemoryTaskLog, type MemoryTaskLog } from '@waybill/tasklog-memory'
import mysql from 'mysql2/promise'
import { createMysqlTaskLog, type MysqlTaskLog } from '../src/index.ts'
import { dropTables, freshPrefix } from './fresh-prefix.ts'

/** The log under test and the reference, under one virtual clock. */
export interface BothLogs {
  readonly mysql: MysqlTaskLog
  readonly memory: MemoryTaskLog
  /** Moves the clock of both. */
  pass(ms: number): Promise<void>
  close(): Promise<void>
}

/** Both logs, empty. A session can be told what time it is, so the pool has one connection. */
export async function openBothLogs(uri: string): Promise<BothLogs> {
  let now = Date.UTC(2026, 10, 24)
  const clock: Clock = { now: () => now, monotonic: () => now, setTimer: () => () => undefined }
  const prefix = freshPrefix()
  const pool = mysql.createPool({ uri, connectionLimit: 1 })
  const log = createMysqlTaskLog({ pool }, { prefix })
  const pass = async (ms: number): Promise<void> => {
    now += ms
    await pool.query(`SET timestamp = ${now / 1000}`)
  }
  await log.createContainer()
  await pass(0)
  return {
    mysql: log,
    memory: createMemoryTaskLog({ clock }),
    pass,
    async close() {
      await log.close()
      await pool.end()
      await dropTables(uri, prefix)
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
