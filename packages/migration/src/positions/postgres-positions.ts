import type { MaybePromise } from '../range/maybe-async.ts'
import type { PassState, RangeState } from '../range/pass-state.ts'
import { type HeldPass, type PositionStore, RangeLostError, type TakeRequest } from './position-store.ts'
import { type PositionTableOptions, positionsTable, type RangeRow, rangeOf } from './range-table.ts'

/** What is used of a pg `Pool`. */
export interface PostgresPool extends PostgresQueries {
  /** A connection of its own. */
  connect(): Promise<PostgresClient>
}

/** What is used of a pg `PoolClient`: what a migration gets as its transaction. */
export interface PostgresClient extends PostgresQueries {
  /** Gives the connection back; with an error it is closed instead. */
  release(error?: Error | boolean): void
}

/** What pools and clients of pg have in common. */
export interface PostgresQueries {
  /** Runs one statement. */
  query(sql: string, values?: unknown[]): Promise<PostgresResult>
}

/** What is used of a pg `QueryResult`. */
export interface PostgresResult {
  // biome-ignore lint/suspicious/noExplicitAny: pg types rows so
  readonly rows: any[]
  readonly rowCount: number | null
}

const CREATE_TABLE = `
CREATE TABLE IF NOT EXISTS {table} (
  migration text NOT NULL, range_number integer NOT NULL, run text NOT NULL, version bigint NOT NULL,
  state text NOT NULL, PRIMARY KEY (migration, range_number)
)`

const LOAD_RANGES = `SELECT range_number, state FROM {table} WHERE migration = $1 ORDER BY range_number`
const FIND_RUN = `SELECT run FROM {table} WHERE migration = $1 LIMIT 1 FOR UPDATE`
const DELETE_RANGES = `DELETE FROM {table} WHERE migration = $1`
const INSERT_RANGE = `
INSERT INTO {table} (migration, range_number, run, version, state) VALUES ($1, $2, $3, 0, $4)`
const TAKE_RANGE = `
UPDATE {table} SET version = version + 1 WHERE migration = $1 AND range_number = $2 AND run = $3
RETURNING version, state`
const SAVE_RANGE = `
UPDATE {table} SET state = $1, version = version + 1
WHERE migration = $2 AND range_number = $3 AND run = $4 AND version = $5`

/** Keeps positions in a table of a PostgreSQL database, in the transaction of the chunk. */
export function postgresPositions(
  pool: PostgresPool,
  options: PositionTableOptions = {},
): PositionStore<PostgresClient> {
  return new PostgresPositions(pool, options)
}

class PostgresPositions implements PositionStore<PostgresClient> {
  readonly id = 'postgres'
  readonly transactional = true
  readonly synchronous = false
  readonly #pool: PostgresPool
  readonly #table: string

  constructor(pool: PostgresPool, options: PositionTableOptions) {
    this.#pool = pool
    this.#table = positionsTable(options)
  }

  async prepare(): Promise<void> {
    try {
      await this.#pool.query(this.#sql(CREATE_TABLE))
    } catch (error) {
      // Two that create it at once: IF NOT EXISTS does not keep one of them from failing on the catalog's own key.
      if (sqlState(error) !== '23505' && sqlState(error) !== '42P07') throw error
    }
  }

  async load(migration: string): Promise<readonly RangeState[]> {
    const { rows } = await this.#pool.query(this.#sql(LOAD_RANGES), [migration])
    return (rows as RangeRow[]).map(rangeOf)
  }

  async begin(migration: string, run: string, ranges: readonly RangeState[]): Promise<void> {
    await this.#transact(async (client) => {
      const { rows } = await client.query(this.#sql(FIND_RUN), [migration])
      if (rows[0]?.run === run) return
      await client.query(this.#sql(DELETE_RANGES), [migration])
      for (const range of ranges) {
        await client.query(this.#sql(INSERT_RANGE), [migration, range.range, run, JSON.stringify(range)])
      }
    })
  }

  async take({ migration, run, range, pass }: TakeRequest): Promise<HeldPass<PostgresClient>> {
    const { rows } = await this.#pool.query(this.#sql(TAKE_RANGE), [migration, range, run])
    if (rows.length === 0) throw new RangeLostError(migration, range)
    let version = BigInt(rows[0].version)
    let whole = rangeOf(rows[0])
    return {
      get state(): PassState {
        return whole[pass]
      },
      commit: async (work) => {
        const next = await this.#transact(async (client) => {
          const state = { ...whole, [pass]: await work(client) }
          const values = [JSON.stringify(state), migration, range, run, String(version)]
          const { rowCount } = await client.query(this.#sql(SAVE_RANGE), values)
          if (rowCount !== 1) throw new RangeLostError(migration, range)
          return state
        })
        whole = next
        version += 1n
      },
    }
  }

  async rehearse<Result>(work: (transaction: PostgresClient) => MaybePromise<Result>): Promise<Result> {
    return await this.#transact(async (client) => await work(client), 'ROLLBACK')
  }

  isTransient(error: unknown): boolean {
    const state = sqlState(error)
    if (state !== null) return TRANSIENT_STATES.test(state)
    return isLostConnection(error)
  }

  async #transact<Result>(
    work: (client: PostgresClient) => Promise<Result>,
    end: 'COMMIT' | 'ROLLBACK' = 'COMMIT',
  ): Promise<Result> {
    const client = await this.#pool.connect()
    let broken = true
    try {
      await client.query('BEGIN')
      try {
        const result = await work(client)
        await client.query(end)
        broken = false
        return result
      } catch (error) {
        await client.query('ROLLBACK').then(
          () => {
            broken = false
          },
          () => {},
        )
        throw error
      }
    } finally {
      // A connection whose transaction could not be ended must not be used again.
      client.release(broken)
    }
  }

  #sql(statement: string): string {
    return statement.replace('{table}', `"${this.#table}"`)
  }
}

/** Connection exceptions, deadlock, serialization failure, lock not available, too many connections, shutting down. */
const TRANSIENT_STATES = /^(08...|40001|40P01|55P03|53300|57P0[123])$/

function sqlState(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && code !== 'EPIPE' ? code : null
}

/** pg has no code for a connection that ended in the middle of a statement. */
function isLostConnection(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (typeof code === 'string') return /^(ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT)$/.test(code)
  return (
    typeof message === 'string' &&
    /^(Connection terminated|Client has encountered a connection error)/.test(message)
  )
}
