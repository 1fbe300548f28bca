import { type Duration, durationMs, InvalidInputError } from '@waybill/core'
import type { Pool as CallbackPool } from 'mysql2'
import type { Pool, PoolOptions } from 'mysql2/promise'

/** Where the log is kept. */
export type MysqlTaskLogSource =
  /** A mysql2 pool of yours, of its promise or its callback kind, which you end. */
  | { readonly pool: Pool | CallbackPool }
  /** A URL such as `mysql://user@host/database`; the log makes a pool of its own and ends it. */
  | { readonly uri: string }
  /** What `mysql.createPool(config)` takes; the log makes the pool and ends it. */
  | { readonly config: PoolOptions }

/** Options of {@link createMysqlTaskLog}. */
export interface MysqlTaskLogOptions {
  /** What the names of the tables begin with: lower-case letters, digits and `_`, at most 41; `waybill_` unless set. */
  readonly prefix?: string
  /**
   * How often to look for new work of other processes while somebody listens for it and there has been some lately;
   * 2 ms unless set. It grows to 100 times as much while nothing happens.
   */
  readonly wakeInterval?: Duration
  /**
   * How long a statement may take before its connection is given up as dead; 60 s unless set, 0 for ever. Longer than
   * the server's `innodb_lock_wait_timeout` (50 s unless set), so that a wait for a lock ends as one.
   */
  readonly statementTimeout?: Duration
}

/** Options that were checked, with their defaults. */
export interface ResolvedOptions {
  readonly prefix: string
  readonly wakeIntervalMs: number
  readonly statementTimeoutMs: number
}

/** @throws InvalidInputError naming the option that is wrong */
export function resolveOptions(options: MysqlTaskLogOptions): ResolvedOptions {
  const { prefix = 'waybill_', wakeInterval = '2ms', statementTimeout = '60s' } = options
  // Identifiers have at most 64 characters (https://dev.mysql.com/doc/refman/8.0/en/identifier-length.html).
  if (typeof prefix !== 'string' || !/^[a-z][a-z0-9_]{0,40}$/.test(prefix)) {
    const expected = 'a lower-case letter, then at most 40 lower-case letters, digits or _'
    throw new InvalidInputError('prefix', `expected ${expected}, got ${JSON.stringify(prefix)}`)
  }
  return {
    prefix,
    wakeIntervalMs: Math.max(1, durationMs(wakeInterval, 'wakeInterval')),
    statementTimeoutMs: durationMs(statementTimeout, 'statementTimeout'),
  }
}
