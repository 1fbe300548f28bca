import type { ClaimableTaskLogBroker } from '@waybill/core'
import { createMysqlTaskLog } from '@waybill/tasklog-mysql'
import { createPostgresTaskLog } from '@waybill/tasklog-postgres'
import { createSqliteTaskLog } from '@waybill/tasklog-sqlite'
import Database from 'better-sqlite3'
import mysql from 'mysql2/promise'
import pg from 'pg'
import {
  type AnyMigration,
  defineMigration,
  type HealthCheck,
  type MysqlConnection,
  mysqlTable,
  type PostgresClient,
  postgresTable,
  type SqliteDatabase,
  sqliteTable,
} from '../src/index.ts'

/** Which database, and where: plain data, so that it can be handed to another process. */
export interface Place {
  readonly kind: 'sqlite' | 'postgres' | 'mysql'
  /** A file's path without its ending, or a server's URL. */
  readonly at: string
}

/** How the migration of a proof is defined. */
export interface ProofOptions {
  readonly ranges?: number
  readonly chunk?: number | { readonly target: number; readonly initial?: number }
  /** This unit throws. */
  readonly poison?: number
  readonly errorBudget?: number
  readonly health?: readonly HealthCheck[]
}

/** What a proof needs of a database. */
export interface ProofDatabase {
  /** The task log, next to the data. */
  readonly log: ClaimableTaskLogBroker
  /** A migration that adds 1 to `n` of every row of `units`. */
  migration(options?: ProofOptions): AnyMigration
  /** Makes `units` anew, with so many rows. */
  fill(rows: number): Promise<void>
  /** The same work as the migration's, as a loop that keeps no position; for comparison. */
  plainLoop(chunk: number): Promise<void>
  /** How many rows have each `n`. */
  histogram(): Promise<ReadonlyMap<number, number>>
  close(): Promise<void>
}

/** Opens a database of a proof. */
export function openPlace({ kind, at }: Place): ProofDatabase {
  if (kind === 'sqlite') return openSqlite(at)
  return kind === 'postgres' ? openPostgres(at) : openMysql(at)
}

function refusing(poison: number | undefined, ids: readonly unknown[]): void {
  if (poison !== undefined && ids.some((id) => Number(id) === poison))
    throw new Error(`unit ${poison} is poisoned`)
}

function openSqlite(at: string): ProofDatabase {
  const database = new Database(`${at}.data.sqlite`)
  database.pragma('journal_mode = WAL')
  database.exec(
    'CREATE TABLE IF NOT EXISTS units (id INTEGER PRIMARY KEY, payload TEXT NOT NULL, n INTEGER NOT NULL)',
  )
  const log = createSqliteTaskLog({ file: `${at}.log.sqlite` })
  const update = database.prepare('UPDATE units SET n = n + 1 WHERE id = ?')
  return {
    log,
    migration: ({ poison, ...options } = {}) =>
      defineMigration<{ id: number }, SqliteDatabase>({
        name: 'proof',
        source: sqliteTable(database, { table: 'units' }),
        process: ({ id }) => {
          if (id === poison) refusing(poison, [id])
          update.run(id)
        },
        ...options,
      }),
    async fill(rows) {
      database.exec('DELETE FROM units')
      database
        .prepare(
          `WITH RECURSIVE series (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM series WHERE i < ?)
           INSERT INTO units SELECT i, 'payload of unit ' || i, 0 FROM series`,
        )
        .run(rows)
    },
    async plainLoop(chunk) {
      const read = database.prepare('SELECT * FROM units WHERE id > ? ORDER BY id LIMIT ?')
      let after = 0
      for (;;) {
        database.exec('BEGIN IMMEDIATE')
        const rows = read.all(after, chunk) as { id: number }[]
        for (const { id } of rows) update.run(id)
        database.exec('COMMIT')
        if (rows.length < chunk) return
        after = rows.at(-1)?.id ?? 0
      }
    },
    async histogram() {
      const rows = database.prepare('SELECT n, count(*) AS times FROM units GROUP BY n').all()
      return new Map((rows as { n: number; times: number }[]).map(({ n, times }) => [n, times]))
    },
    async close() {
      await log.close()
      database.close()
    },
  }
}

function openPostgres(url: string): ProofDatabase {
  const pool = new pg.Pool({ connectionString: url, max: 6 })
  pool.on('error', () => {})
  const log = createPostgresTaskLog({ connectionString: url })
  const update = 'UPDATE units SET n = n + 1 WHERE id = ANY($1::bigint[])'
  return {
    log,
    migration: ({ poison, ...options } = {}) =>
      defineMigration<{ id: string }, PostgresClient>({
        name: 'proof',
        source: postgresTable(pool, { table: 'units' }),
        processBatch: async (rows, { transaction }) => {
          const ids = rows.map(({ id }) => id)
          refusing(poison, ids)
          await transaction.query(update, [ids])
        },
        ...options,
      }),
    async fill(rows) {
      await pool.query('DROP TABLE IF EXISTS units')
      await pool.query(
        'CREATE TABLE units (id bigint PRIMARY KEY, payload text NOT NULL, n integer NOT NULL)',
      )
      await pool.query(
        `INSERT INTO units SELECT i, 'payload of unit ' || i, 0 FROM generate_series(1, $1::int) AS i`,
        [rows],
      )
      await pool.query('VACUUM ANALYZE units')
    },
    async plainLoop(chunk) {
      const client = await pool.connect()
      let after = '0'
      for (;;) {
        await client.query('BEGIN')
        const { rows } = await client.query('SELECT * FROM units WHERE id > $1 ORDER BY id LIMIT $2', [
          after,
          chunk,
        ])
        await client.query(update, [rows.map(({ id }) => id)])
        await client.query('COMMIT')
        if (rows.length < chunk) break
        after = rows.at(-1).id
      }
      client.release()
    },
    async histogram() {
      const { rows } = await pool.query('SELECT n, count(*) AS times FROM units GROUP BY n')
      return new Map(rows.map(({ n, times }) => [Number(n), Number(times)]))
    },
    async close() {
      await log.close()
      await pool.end()
    },
  }
}

function openMysql(uri: string): ProofDatabase {
  const pool = mysql.createPool({ uri, connectionLimit: 6 })
  const log = createMysqlTaskLog({ uri })
  const update = 'UPDATE units SET n = n + 1 WHERE id IN (?)'
  return {
    log,
    migration: ({ poison, ...options } = {}) =>
      defineMigration<{ id: number }, MysqlConnection>({
        name: 'proof',
        source: mysqlTable(pool, { table: 'units' }),
        processBatch: async (rows, { transaction }) => {
          const ids = rows.map(({ id }) => id)
          refusing(poison, ids)
          if (ids.length > 0) await transaction.query(update, [ids])
        },
        ...options,
      }),
    async fill(rows) {
      await pool.query('DROP TABLE IF EXISTS units')
      await pool.query(
        'CREATE TABLE units (id bigint PRIMARY KEY, payload varchar(100) NOT NULL, n int NOT NULL) ENGINE = InnoDB',
      )
      const STEP = 20_000
      for (let first = 1; first <= rows; first += STEP) {
        const ids = Array.from({ length: Math.min(STEP, rows - first + 1) }, (_, index) => first + index)
        await pool.query('INSERT INTO units VALUES ?', [ids.map((id) => [id, `payload of unit ${id}`, 0])])
      }
      await pool.query('ANALYZE TABLE units')
    },
    async plainLoop(chunk) {
      const connection = await pool.getConnection()
      let after = 0
      for (;;) {
        await connection.query('BEGIN')
        const [found] = await connection.query('SELECT * FROM units WHERE id > ? ORDER BY id LIMIT ?', [
          after,
          chunk,
        ])
        const rows = found as { id: number }[]
        if (rows.length > 0) await connection.query(update, [rows.map(({ id }) => id)])
        await connection.query('COMMIT')
        if (rows.length < chunk) break
        after = rows.at(-1)?.id ?? 0
      }
      connection.release()
    },
    async histogram() {
      const [rows] = await pool.query('SELECT n, count(*) AS times FROM units GROUP BY n')
      return new Map(
        (rows as { n: number; times: number }[]).map(({ n, times }) => [Number(n), Number(times)]),
      )
    },
    async close() {
      await log.close()
      await pool.end()
    },
  }
}
