import { closeSync, constants, openSync } from 'node:fs'
import { resolve } from 'node:path'
import { InvalidInputError, NotSupportedError, StoreError, WaybillError } from '@waybill/core'
import Database from 'better-sqlite3'
import { toStoreError } from './errors.ts'
import type { ResolvedOptions, SqliteTaskLogSource } from './options.ts'
import { nameTables } from './schema.ts'
import type { Write } from './transaction.ts'

/** What is used of a prepared better-sqlite3 statement. */
export interface SqliteStatement {
  /** All rows. */
  all(...parameters: unknown[]): unknown[]
  /** The first row. */
  get(...parameters: unknown[]): unknown
  /** How many rows changed. */
  run(...parameters: unknown[]): { changes: number }
}

/** What is used of a better-sqlite3 database. */
export interface SqliteDatabase {
  readonly name: string
  readonly memory: boolean
  readonly open: boolean
  readonly inTransaction: boolean
  /** Prepares one statement. */
  prepare(sql: string): SqliteStatement
  /** Runs statements that answer nothing. */
  exec(sql: string): unknown
  /** Reads or makes a setting. */
  pragma(sql: string, options?: { simple?: boolean }): unknown
  /** Ends the connection. */
  close(): unknown
}

/**
 * The log's time: whole milliseconds since the epoch. `unixepoch` counts seconds as a floating point number, so a cast
 * alone would lose a millisecond now and then.
 */
export const NOW = `SELECT CAST(round(unixepoch('subsec') * 1000) AS INTEGER) AS now`

/** Costs a look into shared memory: https://www.sqlite.org/pragma.html#pragma_data_version */
const DATA_VERSION = 'PRAGMA data_version'

/** Two processes that reset the WAL of an older SQLite at the same time can corrupt it. */
const OLDEST_SQLITE = [3, 51, 3] as const

/** better-sqlite3 13 calls it unasked: an older Node crashes (https://nodejs.org/api/n-api.html). */
const OLDEST_NODE_API = 10

/** Statements that are kept prepared; searches make new ones, the rest are few. */
const MAX_STATEMENTS = 200

/** A wait that blocks the event loop, so a short one: as long as another process takes to commit. */
const BLOCKING_WAIT_MS = 5

/** A database with the log's tables in it: prepared statements, the clock, and whether its settings have been made. */
export class Connection {
  readonly database: SqliteDatabase
  readonly options: ResolvedOptions
  /** The value of `PRAGMA schema_version` for which the schema was found to fit. */
  fittingSchema: unknown = null
  readonly #statements: Map<string, SqliteStatement> = new Map()
  /** Opened by the log: its settings, and when it is in a transaction, are the log's alone. */
  readonly isOwn: boolean
  /** What is to be written next: see `write`. */
  readonly writes: Write<unknown>[] = []
  /** Resolves when nothing waits to be written any more; null when nothing does. */
  writing: Promise<void> | null = null
  #isConfigured = false

  constructor(database: SqliteDatabase, options: ResolvedOptions, isOwn: boolean) {
    this.database = database
    this.options = options
    this.isOwn = isOwn
  }

  /** The log's time. */
  now(): number {
    if (this.options.clock !== null) return Math.floor(this.options.clock.now())
    return (this.statement(NOW).get() as { now: number }).now
  }

  /** Changes when another connection has committed. */
  dataVersion(): unknown {
    return (this.statement(DATA_VERSION).get() as { data_version: number }).data_version
  }

  /** The prepared statement for an SQL text with `{tasks}` and so on for the tables. */
  statement(sql: string): SqliteStatement {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.database.prepare(nameTables(sql, this.options.prefix))
      if (this.#statements.size === MAX_STATEMENTS) this.#statements.clear()
      this.#statements.set(sql, statement)
    }
    return statement
  }

  /** @throws WaybillError `closed` when the log, or the database that was handed in, is closed */
  requireOpen(): void {
    if (!this.database.open) {
      throw new WaybillError('closed', `The database ${this.database.name} is closed. Create a new task log.`)
    }
  }

  /** Looks, once, whether SQLite is new enough, and makes the settings of a database of ours. May find it busy. */
  configure(): void {
    if (this.#isConfigured) return
    refuseOldSqlite(this.database)
    if (this.isOwn) {
      // Readers never wait for the writer, and a commit is one append (https://www.sqlite.org/wal.html).
      this.database.pragma('journal_mode = WAL')
      this.database.pragma(`synchronous = ${this.options.synchronous}`)
    }
    this.#isConfigured = true
  }

  /** Closes a database of ours; leaves one that was handed in. */
  close(): void {
    if (this.isOwn) this.database.close()
  }
}

/**
 * Opens a file, or takes a database that was handed in.
 *
 * @throws StoreError when the file cannot be opened
 */
export function connect(source: SqliteTaskLogSource, options: ResolvedOptions): Connection {
  return 'database' in source
    ? new Connection(source.database, options, false)
    : new Connection(openFile(source.file), options, true)
}

function openFile(file: string): SqliteDatabase {
  if (typeof file !== 'string' || file === '' || file.includes('\0')) {
    throw new InvalidInputError('file', `expected a path or :memory:, got ${JSON.stringify(file)}`)
  }
  refuseOldNode()
  if (file === ':memory:') return new Database(file)
  // An absolute path is never read as a URI (https://www.sqlite.org/uri.html).
  const path = resolve(file)
  try {
    createPrivately(path)
    return new Database(path, { timeout: BLOCKING_WAIT_MS })
  } catch (error) {
    throw toStoreError(error, path)
  }
}

/**
 * Creates the file where there is none, for its owner alone; SQLite gives the files beside it the same mode. A symbolic
 * link is refused: who can place one could make us write, and later read, a file of their choice.
 */
function createPrivately(path: string): void {
  closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600))
}

function refuseOldNode(): void {
  if (Number(process.versions['napi']) >= OLDEST_NODE_API) return
  throw new NotSupportedError('better-sqlite3', `Node ${process.versions.node}`, 'Use Node 22.14 or newer.')
}

function refuseOldSqlite(database: SqliteDatabase): void {
  const { version } = database.prepare('SELECT sqlite_version() AS version').get() as { version: string }
  const parts = version.split('.').map(Number)
  const difference =
    OLDEST_SQLITE.map((part, index) => (parts[index] ?? 0) - part).find((part) => part !== 0) ?? 0
  if (difference < 0) {
    throw new StoreError(
      'store_refused',
      `SQLite ${version} can corrupt a database that several processes write to. Use better-sqlite3 13.2 or newer, which brings SQLite ${OLDEST_SQLITE.join('.')} or newer.`,
    )
  }
}
