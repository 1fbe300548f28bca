import type { Clock, NewTaskLogRecord } from '@waybill/core'
import { createMemoryTaskLog, type MemoryTaskLog } from '@waybill/tasklog-memory'
import { createSqliteTaskLog, type SqliteTaskLog } from '../src/index.ts'

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
