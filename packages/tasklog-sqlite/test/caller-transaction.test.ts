import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { createSqliteTaskLog, type SqliteTaskLog } from '../src/index.ts'
import { idOf, newEntry } from './both-logs.ts'
import { temporaryFile } from './temporary-file.ts'

const EVERYTHING = { kind: 'and', nodes: [] } as const

async function inMemory(): Promise<{ database: Database.Database; log: SqliteTaskLog }> {
  const database = new Database(':memory:')
  const log = createSqliteTaskLog({ database })
  await log.createContainer()
  database.exec('CREATE TABLE orders (id INTEGER PRIMARY KEY)')
  return { database, log }
}

test('a task that is added inside a transaction of the database is there when it commits', async () => {
  const { database, log } = await inMemory()
  let added: Promise<unknown> = Promise.resolve()
  database.transaction(() => {
    database.exec('INSERT INTO orders VALUES (1)')
    added = log.add([newEntry(0)], { transaction: database })
  })()
  expect(await log.count(EVERYTHING)).toBe(1)
  expect(await added).toEqual([{ outcome: 'added', id: idOf(0) }])
})

test('a task that was added inside a transaction that rolls back was never there', async () => {
  const { database, log } = await inMemory()
  database.exec('BEGIN')
  await log.add([newEntry(0)], { transaction: database })
  database.exec('ROLLBACK')
  expect(await log.count(EVERYTHING)).toBe(0)
})

test('listeners are woken once the transaction has ended, however it began', async () => {
  const { database, log } = await inMemory()
  let wakes = 0
  const stop = log.onWake('default', () => {
    wakes += 1
  })
  database.transaction(() => void log.add([newEntry(0)], { transaction: database }))()
  await Promise.resolve()
  expect(wakes).toBe(1)
  database.exec('BEGIN')
  await log.add([newEntry(1)], { transaction: database })
  expect(wakes).toBe(1)
  database.exec('COMMIT')
  await expect.poll(() => wakes).toBe(2)
  stop()
})

test('a fault inside a transaction stores nothing of the call, and leaves the rest to the caller', async () => {
  const { database, log } = await inMemory()
  database.exec('BEGIN; INSERT INTO orders VALUES (1)')
  const broken = newEntry(1, { priority: 1.5 })
  await expect(log.add([newEntry(0), broken], { transaction: database })).rejects.toMatchObject({
    code: 'store_refused',
  })
  database.exec('COMMIT')
  expect(await log.count(EVERYTHING)).toBe(0)
  expect(database.prepare('SELECT count(*) FROM orders').pluck().get()).toBe(1)
})

test('another connection to the same file takes tasks into its transaction too', async () => {
  const file = temporaryFile()
  const log = createSqliteTaskLog({ file })
  await log.createContainer()
  const database = new Database(file)
  let added: Promise<unknown> = Promise.resolve()
  const add = database.transaction(() => {
    added = log.add([newEntry(0)], { transaction: database })
  })
  add.immediate()
  expect(await added).toEqual([{ outcome: 'added', id: idOf(0) }])
  expect(await log.count(EVERYTHING)).toBe(1)
  database.close()
  await log.close()
})

test('a transaction on a database that does not have the tables is refused', async () => {
  const { log } = await inMemory()
  const other = new Database(':memory:')
  other.exec('BEGIN')
  await expect(log.add([newEntry(0)], { transaction: other })).rejects.toMatchObject({
    code: 'schema_missing',
  })
})

test.each([
  ['a database outside a transaction', new Database(':memory:')],
  ['something else', { begin: () => undefined }],
  ['a text', 'BEGIN'],
])('%s is not taken for a transaction', async (_, transaction) => {
  const { log } = await inMemory()
  await expect(log.add([newEntry(0)], { transaction })).rejects.toMatchObject({
    code: 'invalid_input',
    path: 'transaction',
  })
  expect(await log.count(EVERYTHING)).toBe(0)
})
