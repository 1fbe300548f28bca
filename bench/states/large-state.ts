import type { Storage } from '../actor/contender.ts'
import { createLog, recreate } from '../waybill/logs.ts'
import { mysqlState } from './mysql.ts'
import { postgresState } from './postgres.ts'
import { sqliteState } from './sqlite.ts'

/** What a table is full of. */
export type StateKind = 'waiting' | 'finished' | 'notDue'

/** How many owners the tasks of a large table have. A prime, so that each has tasks of every status. */
export const OWNERS = 2_003

/** Works on a database without Waybill. */
export interface LargeState {
  /** Adds so many tasks with one statement, older than all that are enqueued later. */
  add(kind: StateKind, count: number): Promise<void>
  /** Keeps a transaction open that has read the table; answers a function that ends it. */
  openTransaction(): Promise<() => Promise<void>>
  close(): Promise<void>
}

/** A fresh log over the storage, and its database as it is beneath. */
export async function createState(storage: Storage): Promise<LargeState> {
  const log = createLog(storage)
  await recreate(log)
  await log.close()
  return STATES[storage.log as keyof typeof STATES](storage)
}

const STATES = { sqlite: sqliteState, postgres: postgresState, mysql: mysqlState }

/** The columns of a task of a kind, as SQL that all three databases read. `n` numbers the tasks, `:now` is the time. */
export function valuesOf(kind: StateKind): Readonly<Record<string, string>> {
  const isFinished = kind === 'finished'
  return {
    status: isFinished
      ? `CASE WHEN n % 50 = 0 THEN 'cancelled' WHEN n % 10 = 1 THEN 'failed' ELSE 'completed' END`
      : `'enqueued'`,
    hold: kind === 'notDue' ? `'due'` : 'NULL',
    task_name: `'noop'`,
    queue: `'default'`,
    category: `'unknown'`,
    priority: '0',
    max_attempts: '3',
    attempt: isFinished ? '1' : '0',
  }
}
