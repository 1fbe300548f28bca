import { type Clock, type Duration, durationMs, InvalidInputError } from '@waybill/core'
import type { SqliteDatabase } from './connection.ts'

/** Where the log is kept. */
export type SqliteTaskLogSource =
  /** A file, which the log creates (mode 0600), opens and closes; or `:memory:`. */
  | { readonly file: string }
  /** A better-sqlite3 database of yours. Its settings stay as they are, and you close it. */
  | { readonly database: SqliteDatabase }

/** Options of {@link createSqliteTaskLog}. */
export interface SqliteTaskLogOptions {
  /** What the names of the tables begin with: lower-case letters, digits and `_`, at most 41; `waybill_` unless set. */
  readonly prefix?: string
  /**
   * When a commit is safe. `full` (unless set): once it is on the disk. `normal`: a power cut may take the last commits
   * with it, a killed process does not. A database handed in keeps its own setting.
   */
  readonly synchronous?: 'full' | 'normal'
  /** How long a call waits for the write lock before it fails with `store_contention`; 5 s unless set. */
  readonly busyTimeout?: Duration
  /** How often to look whether another process wrote, while somebody listens for work; 10 ms unless set. */
  readonly wakeInterval?: Duration
  /** Tells the log's time in place of the database, for tests and simulations. */
  readonly clock?: Clock
}

/** Options that were checked, with their defaults. */
export interface ResolvedOptions {
  readonly prefix: string
  readonly synchronous: 'full' | 'normal'
  readonly busyTimeoutMs: number
  readonly wakeIntervalMs: number
  readonly clock: Clock | null
}

/** @throws InvalidInputError naming the option that is wrong */
export function resolveOptions(options: SqliteTaskLogOptions): ResolvedOptions {
  const {
    prefix = 'waybill_',
    synchronous = 'full',
    busyTimeout = '5s',
    wakeInterval = '10ms',
    clock = null,
  } = options
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(prefix)) {
    const expected = 'a lower-case letter, then at most 40 lower-case letters, digits or _'
    throw new InvalidInputError('prefix', `expected ${expected}, got ${JSON.stringify(prefix)}`)
  }
  if (synchronous !== 'full' && synchronous !== 'normal') {
    throw new InvalidInputError('synchronous', `expected full or normal, got ${JSON.stringify(synchronous)}`)
  }
  return {
    prefix,
    synchronous,
    busyTimeoutMs: durationMs(busyTimeout, 'busyTimeout'),
    wakeIntervalMs: Math.max(1, durationMs(wakeInterval, 'wakeInterval')),
    clock,
  }
}
