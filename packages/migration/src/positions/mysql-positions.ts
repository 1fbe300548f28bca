import type { MaybePromise } from '../range/maybe-async.ts'
import type { PassState, RangeState } from '../range/pass-state.ts'
import { type HeldPass, type PositionStore, RangeLostError, type TakeRequest } from './position-store.ts'
import { type PositionTableOptions, positionsTable, type RangeRow, rangeOf } from './range-table.ts'

/** What is used of a `Pool` of mysql2/promise. */
export interface MysqlPool extends MysqlQueries {
  /** A connection of its own. */
  getConnection(): Promise<MysqlConnection>
}

/** What is used of a `PoolConnection` of mysql2/promise: what a migration gets as its transaction. */
export interface MysqlConnection extends MysqlQueries {
  /** Gives the connection back. */
  release(): void
  /** Closes the connection. */
  destroy(): void
}

/** What pools and connections of mysql2/promise have in common. */
export interface MysqlQueries {
  /** Runs one statement; the first element of the answer is the rows, or what became of a write. */
  // biome-ignore lint/suspicious/noExplicitAny: mysql2 overloads by its own row types
  query(sql: string, values?: unknown): Promise<any>
}

const CREATE_TABLE = `
CREATE TABLE IF NOT EXISTS {table} (
  migration varchar(190) NOT NULL, range_number int NOT NULL, run varchar(36) NOT NULL, version bigint NOT NULL,
  state longtext NOT NULL, PRIMARY KEY (migration, range_number)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`

const LOAD_RANGES = `SELECT range_number, state FROM {table} WHERE migration = ? ORDER BY range_number`
const FIND_RUN = `SELECT run FROM {table} WHERE migration = ? LIMIT 1 FOR UPDATE`
const DELETE_RANGES = `DELETE FROM {table} WHERE migration = ?`
const INSERT_RANGE = `INSERT INTO {table} (migration, range_number, run, version, state) VALUES (?, ?, ?, 0, ?)`
/** There is no UPDATE ... RETURNING: the read follows in the same transaction. */
const TAKE_RANGE = `
UPDATE {table} SET version = version + 1 WHERE migration = ? AND range_number = ? AND run = ?`
const FIND_RANGE = `
SELECT version, state FROM {table} WHERE migration = ? AND range_number = ? AND run = ?`
const SAVE_RANGE = `
UPDATE {table} SET state = ?, version = version + 1
WHERE migration = ? AND range_number = ? AND run = ? AND version = ?`

/** Keeps positions in a table of a MySQL or MariaDB database, in the transaction of the chunk. */
export function mysqlPositions(
  pool: MysqlPool,
  options: PositionTableOptions = {},
): PositionStore<MysqlConnection> {
  return new MysqlPositions(pool, options)
}

class MysqlPositions implements PositionStore<MysqlConnection> {
  readonly id = 'mysql'
  readonly transactional = true
  readonly synchronous = false
  readonly #pool: MysqlPool
  readonly #table: string

  constructor(pool: MysqlPool, options: PositionTableOptions) {
    this.#pool = pool
    this.#table = positionsTable(options)
  }

  /** DDL commits what is open on its connection: https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html. */
  async prepare(): Promise<void> {
    await this.#pool.query(this.#sql(CREATE_TABLE))
  }

  async load(migration: string): Promise<readonly RangeState[]> {
    const [rows] = await this.#pool.query(this.#sql(LOAD_RANGES), [migration])
    return (rows as RangeRow[]).map(rangeOf)
  }

  async begin(migration: string, run: string, ranges: readonly RangeState[]): Promise<void> {
    await this.#transact(async (connection) => {
      const [rows] = await connection.query(this.#sql(FIND_RUN), [migration])
      if (rows[0]?.run === run) return
      await connection.query(this.#sql(DELETE_RANGES), [migration])
      for (const range of ranges) {
        await connection.query(this.#sql(INSERT_RANGE), [migration, range.range, run, JSON.stringify(range)])
      }
    })
  }

  async take({ migration, run, range, pass }: TakeRequest): Promise<HeldPass<MysqlConnection>> {
    const [row] = await this.#transact(async (connection) => {
      await connection.query(this.#sql(TAKE_RANGE), [migration, range, run])
      const [rows] = await connection.query(this.#sql(FIND_RANGE), [migration, range, run])
      return rows
    })
    if (row === undefined) throw new RangeLostError(migration, range)
    let version = Number(row.version)
    let whole = rangeOf(row)
    return {
      get state(): PassState {
        return whole[pass]
      },
      commit: async (work) => {
        const next = await this.#transact(async (connection) => {
          const state = { ...whole, [pass]: await work(connection) }
          const values = [JSON.stringify(state), migration, range, run, version]
          const [{ affectedRows }] = await connection.query(this.#sql(SAVE_RANGE), values)
          if (affectedRows !== 1) throw new RangeLostError(migration, range)
          return state
        })
        whole = next
        version += 1
      },
    }
  }

  async rehearse<Result>(work: (transaction: MysqlConnection) => MaybePromise<Result>): Promise<Result> {
    return await this.#transact(async (connection) => await work(connection), 'ROLLBACK')
  }

  isTransient(error: unknown): boolean {
    const code = (error as { code?: unknown } | null)?.code
    return typeof code === 'string' && TRANSIENT_CODES.test(code)
  }

  async #transact<Result>(
    work: (connection: MysqlConnection) => Promise<Result>,
    end: 'COMMIT' | 'ROLLBACK' = 'COMMIT',
  ): Promise<Result> {
    const connection = await this.#pool.getConnection()
    let broken = true
    try {
      await connection.query('BEGIN')
      try {
        const result = await work(connection)
        await connection.query(end)
        broken = false
        return result
      } catch (error) {
        // A lock wait that timed out has rolled back its statement only, so the rest must be rolled back here:
        // https://dev.mysql.com/doc/refman/8.4/en/innodb-error-handling.html
        await connection.query('ROLLBACK').then(
          () => {
            broken = false
          },
          () => {},
        )
        throw error
      }
    } finally {
      // A connection whose transaction could not be ended must not be used again.
      if (broken) connection.destroy()
      else connection.release()
    }
  }

  #sql(statement: string): string {
    return statement.replace('{table}', `\`${this.#table}\``)
  }
}

const TRANSIENT_CODES =
  /^(ER_LOCK_DEADLOCK|ER_LOCK_WAIT_TIMEOUT|ER_CON_COUNT_ERROR|ER_SERVER_SHUTDOWN|ER_QUERY_INTERRUPTED|PROTOCOL_CONNECTION_LOST|ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT)$/
