import type { Clock } from '@waybill/core'
import { createMemoryTaskLog, type MemoryTaskLog } from '@waybill/tasklog-memory'
import { createSqliteTaskLog, type SqliteTaskLog } from '../src/index.ts'

export { idOf, newEntry, tokenOf } from '@waybill/tools/searches'

/** The log under test and the reference, under one virtual clock. */
export interface BothLogs {
  readonly sqlite: SqliteTaskLog
  readonly memory: MemoryTaskLog
  /** Moves the clock of both. */
  pass(ms: number): void
  close(): Promise<void>
}

/** Both logs, empty. */
export async function openBothLogs(): Promise<BothLogs> {
  let now = Date.UTC(2026, 10, 24)
  const clock: Clock = { now: () => now, monotonic: () => now, setTimer: () => () => undefined }
  const sqlite = createSqliteTaskLog({ file: ':memory:' }, { clock })
  const memory = createMemoryTaskLog({ clock })
  await sqlite.createContainer()
  return {
    sqlite,
    memory,
    pass: (ms) => {
      now += ms
    },
    close: () => sqlite.close(),
  }
}
