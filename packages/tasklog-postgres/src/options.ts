import { type Duration, durationMs, InvalidInputError } from '@waybill/core'
import type { Pool, PoolConfig } from 'pg'

/** Where the log is kept. */
export type PostgresTaskLogSource =
  /** A pool of yours, which you end. */
  | { readonly pool: Pool }
  /** A URL such as `postgresql://user@host/database`; the log makes a pool of its own and ends it. */
  | { readonly connectionString: string }
  /** What `new pg.Pool(config)` takes; the log makes the pool and ends it. */
  | { readonly config: PoolConfig }

/** Options of {@link createPostgresTaskLog}. */
export interface PostgresTaskLogOptions {
  /** The schema the tables are in: lower-case letters, digits and `_`, at most 63; `public` unless set. */
  readonly schema?: string
  /** What the names of the tables begin with: lower-case letters, digits and `_`, at most 41; `waybill_` unless set. */
  readonly prefix?: string
  /**
   * Keeps statements prepared on each connection; on unless set. Turn it off behind a transaction pooler that does not
   * keep track of them.
   */
  readonly prepare?: boolean
  /**
   * Tells idle workers of new work by NOTIFY, and listens for it on a connection of its own; on unless set. Without it
   * workers poll. Behind a transaction pooler, through which nobody can listen: the URL of the server itself.
   */
  readonly notify?: boolean | string
  /** How long a statement may take before its connection is given up as dead; 30 s unless set, 0 for ever. */
  readonly statementTimeout?: Duration
}

/** Options that were checked, with their defaults. */
export interface ResolvedOptions {
  readonly schema: string
  readonly prefix: string
  readonly prepare: boolean
  readonly notify: boolean
  /** Where to listen, if not where the log is reached. */
  readonly listenUrl: string | null
  readonly statementTimeoutMs: number
}

/** @throws InvalidInputError naming the option that is wrong */
export function resolveOptions(options: PostgresTaskLogOptions): ResolvedOptions {
  const {
    schema = 'public',
    prefix = 'waybill_',
    prepare = true,
    notify = true,
    statementTimeout = '30s',
  } = options
  return {
    // Longer names are cut off in silence (https://www.postgresql.org/docs/current/limits.html).
    schema: checkName(schema, 'schema', 63),
    prefix: checkName(prefix, 'prefix', 41),
    prepare,
    notify: notify !== false,
    listenUrl: typeof notify === 'string' ? notify : null,
    statementTimeoutMs: durationMs(statementTimeout, 'statementTimeout'),
  }
}

function checkName(name: unknown, option: string, length: number): string {
  if (typeof name === 'string' && name.length <= length && /^[a-z][a-z0-9_]*$/.test(name)) return name
  const expected = `a lower-case letter, then lower-case letters, digits or _, at most ${length} in all`
  throw new InvalidInputError(option, `expected ${expected}, got ${JSON.stringify(name)}`)
}
