import Database from 'better-sqlite3'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { inject } from 'vitest'
import {
  type AnyMigration,
  defineMigration,
  type MysqlConnection,
  type MysqlPool,
  mysqlTable,
  type PostgresClient,
  type PostgresPool,
  postgresTable,
  type SqliteDatabase,
  sqliteTable,
} from '../src/index.ts'
import type { Faults } from './lives.ts'

/** A table `units (id, n)` whose `n` a migration adds 1 to, on one of the databases. */
export interface Units {
  /** Fills the table with so many rows whose `n` is 0. */
  fill(rows: number): Promise<void>
  /** A connection of its own whose statements may fail; and a migration over it. */
  open(faults: Faults): Promise<{ readonly migration: AnyMigration; readonly close: () => Promise<void> }>
  /** How often each `n` is there. */
  histogram(): Promise<ReadonlyMap<number, number>>
  close(): Promise<void>
}

const CHUNK = 10

let tables = 0

/** Another name for each table, so that tests do not meet. */
function freshName(): string {
  tables += 1
  return `units_${process.pid}_${tables}`
}

function histogramOf(rows: readonly { n: unknown; times: unknown }[]): ReadonlyMap<number, number> {
  return new Map(rows.map(({ n, times }) => [Number(n), Number(times)]))
}

export async function sqliteUnits(file: string): Promise<Units> {
  const own = new Database(file)
  own.pragma('journal_mode = WAL')
  return {
    async fill(rows) {
      own.exec('CREATE TABLE IF NOT EXISTS units (id INTEGER PRIMARY KEY, n INTEGER NOT NULL DEFAULT 0)')
      own.exec('DELETE FROM units')
      const insert = own.prepare('INSERT INTO units (id) VALUES (?)')
      own.transaction(() => {
        for (let id = 1; id <= rows; id += 1) insert.run(id)
      })()
    },
    async open(faults) {
      const database = new Database(file)
      const faulty = withFaults(database, faults)
      const migration = defineMigration<{ id: number }, SqliteDatabase>({
        name: 'm',
        source: sqliteTable(faulty, { table: 'units' }),
        chunk: CHUNK,
        processBatch: (rows, { transaction }) => {
          const update = transaction.prepare('UPDATE units SET n = n + 1 WHERE id BETWEEN ? AND ?')
          update.run(rows[0]?.id, rows.at(-1)?.id)
        },
      })
      return { migration, close: async () => void database.close() }
    },
    async histogram() {
      return histogramOf(own.prepare('SELECT n, count(*) AS times FROM units GROUP BY n').all() as never)
    },
    async close() {
      own.close()
    },
  }
}

function withFaults(database: Database.Database, faults: Faults): SqliteDatabase {
  const guarded = <Result>(execute: () => Result): Result => {
    const fault = faults.next()
    if (fault === 'before') throw faults.error()
    const result = execute()
    if (fault === 'after') throw faults.error()
    return result
  }
  return {
    get inTransaction() {
      return database.inTransaction
    },
    exec: (sql) => guarded(() => database.exec(sql)),
    prepare: (sql) => {
      const statement = database.prepare(sql)
      return {
        all: (...values) => guarded(() => statement.all(...values)),
        get: (...values) => guarded(() => statement.get(...values)),
        run: (...values) => guarded(() => statement.run(...values)),
      }
    },
  }
}

export async function postgresUnits(): Promise<Units> {
  const own = new pg.Pool({ connectionString: inject('postgresUrl'), max: 2 })
  const name = freshName()
  return {
    async fill(rows) {
      await own.query(`CREATE TABLE IF NOT EXISTS ${name} (id bigint PRIMARY KEY, n int NOT NULL DEFAULT 0)`)
      await own.query(`DELETE FROM ${name}`)
      await own.query(`INSERT INTO ${name} SELECT i FROM generate_series(1, ${rows}) AS i`)
    },
    async open(faults) {
      const pool = new pg.Pool({ connectionString: inject('postgresUrl'), max: 2 })
      pool.on('error', () => {})
      const migration = defineMigration<{ id: string }, PostgresClient>({
        name: 'm',
        source: postgresTable(poolWithFaults(pool, faults), { table: name, positionsTable: `${name}_p` }),
        chunk: CHUNK,
        processBatch: async (rows, { transaction }) => {
          await transaction.query(`UPDATE ${name} SET n = n + 1 WHERE id = ANY($1)`, [
            rows.map(({ id }) => id),
          ])
        },
      })
      return { migration, close: () => pool.end() }
    },
    async histogram() {
      const { rows } = await own.query(`SELECT n, count(*) AS times FROM ${name} GROUP BY n`)
      return histogramOf(rows)
    },
    async close() {
      await own.query(`DROP TABLE IF EXISTS ${name}`)
      await own.query(`DROP TABLE IF EXISTS ${name}_p`)
      await own.end()
    },
  }
}

function poolWithFaults(pool: pg.Pool, faults: Faults): PostgresPool {
  return {
    query: (sql, values) =>
      guardedAsync(
        faults,
        () => pool.query(sql, values),
        () => {},
      ),
    async connect() {
      const client = await pool.connect()
      client.on('error', () => {})
      let broken = false
      return {
        async query(sql, values) {
          if (broken) throw faults.error()
          return await guardedAsync(
            faults,
            () => client.query(sql, values),
            () => {
              broken = true
            },
          )
        },
        release: (error) => client.release(broken || faults.isDead || error),
      }
    },
  }
}

async function guardedAsync<Result>(
  faults: Faults,
  execute: () => Promise<Result>,
  onFault: () => void,
): Promise<Result> {
  const fault = faults.next()
  if (fault !== null) onFault()
  if (fault === 'before') throw faults.error()
  const result = await execute()
  if (fault === 'after') throw faults.error()
  return result
}

export async function mysqlUnits(): Promise<Units> {
  const own = mysql.createPool({ uri: inject('mysqlUrl'), connectionLimit: 2 })
  const name = freshName()
  return {
    async fill(rows) {
      await own.query(`CREATE TABLE IF NOT EXISTS ${name} (id bigint PRIMARY KEY, n int NOT NULL DEFAULT 0)`)
      await own.query(`DELETE FROM ${name}`)
      await own.query(`INSERT INTO ${name} (id) VALUES ?`, [Array.from({ length: rows }, (_, i) => [i + 1])])
    },
    async open(faults) {
      const pool = mysql.createPool({ uri: inject('mysqlUrl'), connectionLimit: 2 })
      const migration = defineMigration<{ id: number }, MysqlConnection>({
        name: 'm',
        source: mysqlTable(mysqlPoolWithFaults(pool, faults), { table: name, positionsTable: `${name}_p` }),
        chunk: CHUNK,
        processBatch: async (rows, { transaction }) => {
          await transaction.query(`UPDATE ${name} SET n = n + 1 WHERE id IN (?)`, [rows.map(({ id }) => id)])
        },
      })
      return { migration, close: () => pool.end() }
    },
    async histogram() {
      const [rows] = await own.query(`SELECT n, count(*) AS times FROM ${name} GROUP BY n`)
      return histogramOf(rows as never)
    },
    async close() {
      await own.query(`DROP TABLE IF EXISTS ${name}`)
      await own.query(`DROP TABLE IF EXISTS ${name}_p`)
      await own.end()
    },
  }
}

function mysqlPoolWithFaults(pool: mysql.Pool, faults: Faults): MysqlPool {
  return {
    query: (sql, values) =>
      guardedAsync(
        faults,
        () => pool.query(sql, values as unknown[]),
        () => {},
      ),
    async getConnection() {
      const connection = await pool.getConnection()
      let broken = false
      return {
        async query(sql, values) {
          if (broken) throw faults.error()
          return await guardedAsync(
            faults,
            () => connection.query(sql, values as unknown[]),
            () => {
              broken = true
            },
          )
        },
        release: () => (broken || faults.isDead ? connection.destroy() : connection.release()),
        destroy: () => connection.destroy(),
      }
    },
  }
}
