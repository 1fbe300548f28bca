import { InvalidInputError } from '@waybill/core'
import { isThenable, type MaybePromise } from '../range/maybe-async.ts'
import type { PassState, RangeState } from '../range/pass-state.ts'
import { type HeldPass, type PositionStore, RangeLostError, type TakeRequest } from './position-store.ts'
import { type PositionTableOptions, positionsTable, type RangeRow, rangeOf } from './range-table.ts'

/** What is used of a better-sqlite3 `Database`. */
export interface SqliteDatabase {
  /** Prepares a statement. */
  prepare(sql: string): SqliteStatement
  /** Runs statements that answer nothing. */
  exec(sql: string): unknown
  /** Whether a transaction is open. */
  readonly inTransaction: boolean
}

/** What is used of a better-sqlite3 `Statement`. */
export interface SqliteStatement {
  /** All rows. */
  all(...parameters: unknown[]): unknown[]
  /** The first row. */
  get(...parameters: unknown[]): unknown
  /** Runs it. */
  run(...parameters: unknown[]): { readonly changes: number | bigint }
}

const CREATE_TABLE = `
CREATE TABLE IF NOT EXISTS {table} (
  migration TEXT NOT NULL, range_number INTEGER NOT NULL, run TEXT NOT NULL, version INTEGER NOT NULL,
  state TEXT NOT NULL, PRIMARY KEY (migration, range_number)
) WITHOUT ROWID`

const LOAD_RANGES = `SELECT range_number, state FROM {table} WHERE migration = ? ORDER BY range_number`
const FIND_RUN = `SELECT run FROM {table} WHERE migration = ? LIMIT 1`
const DELETE_RANGES = `DELETE FROM {table} WHERE migration = ?`
const INSERT_RANGE = `INSERT INTO {table} (migration, range_number, run, version, state) VALUES (?, ?, ?, 0, ?)`
const TAKE_RANGE = `
UPDATE {table} SET version = version + 1 WHERE migration = ? AND range_number = ? AND run = ?
RETURNING version, state`
const SAVE_RANGE = `
UPDATE {table} SET state = ?, version = version + 1
WHERE migration = ? AND range_number = ? AND run = ? AND version = ?`

/**
 * Keeps positions in a table of a SQLite database, in the transaction of the chunk. Where the database is busy the caller
 * waits as long as its `busy_timeout`, then the chunk is tried again.
 */
export function sqlitePositions(
  database: SqliteDatabase,
  options: PositionTableOptions = {},
): PositionStore<SqliteDatabase> {
  return new SqlitePositions(database, options)
}

class SqlitePositions implements PositionStore<SqliteDatabase> {
  readonly id = 'sqlite'
  readonly transactional = true
  /** Awaiting inside a transaction would let other code on the same connection into it. */
  readonly synchronous = true
  readonly #database: SqliteDatabase
  readonly #table: string
  readonly #prepared: Map<string, SqliteStatement> = new Map()

  constructor(database: SqliteDatabase, options: PositionTableOptions) {
    this.#database = database
    this.#table = positionsTable(options)
  }

  async prepare(): Promise<void> {
    this.#statement(CREATE_TABLE).run()
  }

  async load(migration: string): Promise<readonly RangeState[]> {
    return (this.#statement(LOAD_RANGES).all(migration) as RangeRow[]).map(rangeOf)
  }

  async begin(migration: string, run: string, ranges: readonly RangeState[]): Promise<void> {
    this.#transact(() => {
      const found = this.#statement(FIND_RUN).get(migration) as { run: string } | undefined
      if (found?.run === run) return
      this.#statement(DELETE_RANGES).run(migration)
      for (const range of ranges) {
        this.#statement(INSERT_RANGE).run(migration, range.range, run, JSON.stringify(range))
      }
    })
  }

  async take({ migration, run, range, pass }: TakeRequest): Promise<HeldPass<SqliteDatabase>> {
    const row = this.#statement(TAKE_RANGE).get(migration, range, run) as
      | { version: number; state: string }
      | undefined
    if (row === undefined) throw new RangeLostError(migration, range)
    let { version } = row
    let whole = JSON.parse(row.state) as RangeState
    const commit: HeldPass<SqliteDatabase>['commit'] = async (work) => {
      this.#transact(
        () => {
          const state = synchronously(work(this.#database))
          const next = { ...whole, [pass]: state }
          const { changes } = this.#statement(SAVE_RANGE).run(
            JSON.stringify(next),
            migration,
            range,
            run,
            version,
          )
          if (Number(changes) !== 1) throw new RangeLostError(migration, range)
          return next
        },
        (next) => {
          whole = next
          version += 1
        },
      )
    }
    return {
      get state(): PassState {
        return whole[pass]
      },
      commit,
    }
  }

  async rehearse<Result>(work: (transaction: SqliteDatabase) => MaybePromise<Result>): Promise<Result> {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      return synchronously(work(this.#database))
    } finally {
      this.#rollBack()
    }
  }

  isTransient(error: unknown): boolean {
    const code = (error as { code?: unknown } | null)?.code
    return typeof code === 'string' && /^SQLITE_(BUSY|LOCKED)/.test(code)
  }

  #transact<Result>(work: () => Result, committed: (result: Result) => void = () => {}): void {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#database.exec('COMMIT')
      committed(result)
    } catch (error) {
      this.#rollBack()
      throw error
    }
  }

  /** Some faults have rolled back already: https://www.sqlite.org/lang_transaction.html, 3. */
  #rollBack(): void {
    if (this.#database.inTransaction) this.#database.exec('ROLLBACK')
  }

  #statement(sql: string): SqliteStatement {
    let statement = this.#prepared.get(sql)
    if (statement === undefined) {
      statement = this.#database.prepare(sql.replace('{table}', this.#table))
      this.#prepared.set(sql, statement)
    }
    return statement
  }
}

function synchronously<Result>(result: MaybePromise<Result>): Result {
  if (!isThenable(result)) return result as Result
  // What it comes to no longer matters; unhandled it would end the process.
  result.then(undefined, () => {})
  throw new InvalidInputError(
    'process',
    'a transaction of better-sqlite3 is synchronous, so what runs in it must not be async: make it synchronous, or set `transactional: false`',
  )
}
