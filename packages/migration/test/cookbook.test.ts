import { createDurableBroker } from '@waybill/broker-durable'
import { LongRunningWorker, Queue, QueueDispatcher } from '@waybill/core'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'
import Database from 'better-sqlite3'
import pg from 'pg'
import { expect, inject, it } from 'vitest'
import {
  type AnyMigration,
  createMigrations,
  defineMigration,
  type Migrations,
  postgresTable,
  sqliteTable,
} from '../src/index.ts'

const database = new Database(':memory:')
database.exec(`
  CREATE TABLE people (id INTEGER PRIMARY KEY, first TEXT, last TEXT, full_name TEXT, settings TEXT, joined INTEGER);
  CREATE TABLE archive (id INTEGER PRIMARY KEY, first TEXT, last TEXT);
`)
const insert = database.prepare(
  "INSERT INTO people (first, last, settings, joined) VALUES (?, ?, 'theme=dark', 2010 + ? % 20)",
)
for (let id = 1; id <= 200; id += 1) insert.run(`First${id}`, `Last${id}`, id)

interface Person {
  readonly id: number
  readonly first: string
  readonly last: string
  readonly full_name: string | null
  readonly settings: string
}

function waybillFor(...migrations: AnyMigration[]): QueueDispatcher {
  const log = createMemoryTaskLog()
  const dispatcher = new QueueDispatcher({
    queues: [new Queue('default', createDurableBroker(log))],
    taskLog: log,
    owner: 'ada',
  })
  createMigrations({ dispatcher, migrations })
  return dispatcher
}

async function done(migration: AnyMigration): Promise<void> {
  const log = createMemoryTaskLog()
  const queues = [new Queue('default', createDurableBroker(log))]
  const dispatcher = new QueueDispatcher({ queues, taskLog: log })
  const migrations: Migrations = createMigrations({ dispatcher, migrations: [migration] })
  const { id } = await migrations.run(migration.name)
  await new LongRunningWorker(dispatcher, { drain: true }).run()
  expect((await dispatcher.taskLog.getById(id)).status).toBe('completed')
  expect(await migrations.ensure(migration.name)).toMatchObject({ done: true })
}

it('back-fills a column', async () => {
  // #region backfill
  const backfill = defineMigration({
    name: 'backfill-full-name',
    source: sqliteTable<Person>(database, { table: 'people' }),
    process: ({ id, first, last }, { transaction }) => {
      const update = transaction.prepare('UPDATE people SET full_name = ? WHERE id = ?')
      update.run(`${first} ${last}`, id)
    },
    verify: ({ first, last, full_name }) => full_name === `${first} ${last}`,
  })
  // #endregion
  await done(backfill)
})

it('copies to a new table', async () => {
  // #region copy
  const copy = defineMigration({
    name: 'copy-to-archive',
    source: sqliteTable<Person>(database, { table: 'people' }),
    processBatch: (people, { transaction }) => {
      const insert = transaction.prepare('INSERT INTO archive (id, first, last) VALUES (?, ?, ?)')
      for (const { id, first, last } of people) insert.run(id, first, last)
    },
    verifyBatch: (people, { transaction }) => {
      const find = transaction.prepare('SELECT first, last FROM archive WHERE id = ?')
      return people.filter(({ id, first, last }) => {
        const copied = find.get(id) as Person | undefined
        return copied?.first !== first || copied.last !== last
      })
    },
  })
  // #endregion
  await done(copy)
})

it('encodes anew', async () => {
  // #region reencode
  const reencode = defineMigration({
    name: 'settings-as-json',
    source: sqliteTable<Person>(database, { table: 'people' }),
    errorBudget: 20, // so many may be left out, each of them named
    process: ({ id, settings }, { transaction }) => {
      const json = JSON.stringify(Object.fromEntries(new URLSearchParams(settings)))
      transaction.prepare('UPDATE people SET settings = ? WHERE id = ?').run(json, id)
    },
    verify: ({ settings }) => JSON.parse(settings) !== null, // what throws is wrong, too
  })
  // #endregion
  await done(reencode)
})

it('deletes old rows', async () => {
  // #region delete
  const old = 'joined < 2015'
  const forget = defineMigration({
    name: 'forget-old-people',
    source: sqliteTable<Person>(database, { table: 'people', where: old }),
    process: ({ id }, { transaction }) => {
      transaction.prepare('DELETE FROM people WHERE id = ?').run(id)
    },
    // Units that are gone cannot be looked at again, so the whole is.
    verifyAll: () => database.prepare(`SELECT 1 FROM people WHERE ${old}`).get() === undefined,
  })
  // #endregion
  await done(forget)
})

it('goes over a PostgreSQL table, as the README shows it', async () => {
  const pool = new pg.Pool({ connectionString: inject('postgresUrl'), max: 4 })
  await pool.query(
    'CREATE TABLE cookbook_users (id bigint PRIMARY KEY, email text NOT NULL, email_lower text)',
  )
  await pool.query(
    "INSERT INTO cookbook_users SELECT i, 'User' || i || '@Example.org' FROM generate_series(1, 500) AS i",
  )
  // #region usage
  interface User {
    readonly id: string
    readonly email: string
    readonly email_lower: string | null
  }
  const lowerCase = defineMigration({
    name: 'lower-case-emails',
    source: postgresTable<User>(pool, { table: 'cookbook_users' }),
    processBatch: async (users, { transaction }) => {
      const sql = 'UPDATE cookbook_users SET email_lower = lower(email) WHERE id = ANY($1)'
      await transaction.query(sql, [users.map(({ id }) => id)])
    },
    verify: ({ email, email_lower }) => email_lower === email.toLowerCase(),
  })

  const waybill = waybillFor()
  const migrations = createMigrations({ dispatcher: waybill, migrations: [lowerCase] })
  const { id } = await migrations.run('lower-case-emails', { ranges: 4 })
  await new LongRunningWorker(waybill, { drain: true }).run()
  // #endregion
  expect((await waybill.taskLog.getById(id)).status).toBe('completed')
  expect((await migrations.status('lower-case-emails')).evidence).toMatchObject({
    units: 500,
    complete: true,
  })
  await pool.query('DROP TABLE cookbook_users')
  await pool.end()
})
