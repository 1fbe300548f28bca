import type { Clock } from '@waybill/core'
import { createMemoryTaskLog, type MemoryTaskLog } from '@waybill/tasklog-memory'
import mysql from 'mysql2/promise'
import { createMysqlTaskLog, type MysqlTaskLog } from '../src/index.ts'
import { dropTables, freshPrefix } from './fresh-prefix.ts'

export { idOf, newEntry, tokenOf } from '@waybill/tools/searches'

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
