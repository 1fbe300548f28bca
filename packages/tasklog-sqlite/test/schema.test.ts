import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { createSqliteTaskLog, type SqliteTaskLog } from '../src/index.ts'
import { newEntry } from './both-logs.ts'
import { temporaryFile } from './temporary-file.ts'

const EVERYTHING = { kind: 'and', nodes: [] } as const

async function inMemory(): Promise<{ database: Database.Database; log: SqliteTaskLog }> {
  const database = new Database(':memory:')
  const log = createSqliteTaskLog({ database })
  await log.createContainer()
  return { database, log }
}

test('without its tables a log refuses every call and names the command', async () => {
  const log = createSqliteTaskLog({ file: ':memory:' })
  for (const call of [
    () => log.add([newEntry(0)]),
    () => log.count(EVERYTHING),
    () => log.queueStates(),
    () => log.promote(1),
  ]) {
    await expect(call()).rejects.toMatchObject({
      code: 'schema_missing',
      message: expect.stringContaining('waybill schema up'),
    })
  }
  expect(await log.schemaStatus()).toMatchObject({ state: 'missing' })
  expect(await log.doctor()).toEqual([expect.stringContaining('schema is missing')])
})

test('a step of a newer release is refused, also when it is taken while the log is in use', async () => {
  const { database, log } = await inMemory()
  await log.add([newEntry(0)])
  database.exec(
    `INSERT INTO waybill_schema VALUES ('0002-later', 'checksum', 1); ALTER TABLE waybill_tasks ADD later TEXT`,
  )
  await expect(log.add([newEntry(1)])).rejects.toMatchObject({
    code: 'schema_newer',
    message: expect.stringContaining('Upgrade @waybill/tasklog-sqlite'),
  })
  await expect(log.createContainer()).rejects.toMatchObject({ code: 'schema_newer' })
  expect(await log.schemaStatus()).toMatchObject({ state: 'newer' })
})

test('a journal without all steps is outdated', async () => {
  const { database, log } = await inMemory()
  database.exec('DELETE FROM waybill_schema')
  expect(await log.schemaStatus()).toMatchObject({ state: 'missing', steps: [{ appliedAt: null }] })
})

test('a step that was taken with other statements is not built upon', async () => {
  const { database, log } = await inMemory()
  database.exec(`UPDATE waybill_schema SET checksum = 'other'`)
  expect(await log.schemaStatus()).toMatchObject({ state: 'current', steps: [{ checksumFits: false }] })
  await expect(log.createContainer()).rejects.toMatchObject({ code: 'schema_drifted' })
  expect(await log.doctor()).toEqual([expect.stringContaining('0001-task-log')])
})

test('several migrators at once: one creates the tables, the others find them', async () => {
  const file = temporaryFile()
  const logs = Array.from({ length: 5 }, () => createSqliteTaskLog({ file }))
  await Promise.all(logs.map((log) => log.createContainer()))
  for (const log of logs) {
    expect(await log.schemaStatus()).toMatchObject({ state: 'current' })
    await log.close()
  }
})

test('what the schema prints makes a log that the doctor finds nothing wrong with', async () => {
  const printed = createSqliteTaskLog({ file: ':memory:' }, { prefix: 'mine_' }).schemaSql()
  const database = new Database(':memory:')
  database.exec(printed)
  const names = database
    .prepare(`SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'`)
    .pluck()
    .all()
  expect(names).toContain('mine_tasks_ready')
  expect(names.every((name) => (name as string).startsWith('mine_'))).toBe(true)
})

test('two logs with prefixes of their own share a database', async () => {
  const database = new Database(':memory:')
  const [one, other] = ['one_', 'other_'].map((prefix) => createSqliteTaskLog({ database }, { prefix }))
  await one?.createContainer()
  await expect(other?.count(EVERYTHING)).rejects.toMatchObject({ code: 'schema_missing' })
  await other?.createContainer()
  await one?.add([newEntry(0)])
  expect([await one?.count(EVERYTHING), await other?.count(EVERYTHING)]).toEqual([1, 0])
})

describe('the doctor', () => {
  test.each([
    ['DROP INDEX waybill_tasks_ready', 'index waybill_tasks_ready is missing'],
    [
      'DROP INDEX waybill_tasks_due; CREATE INDEX waybill_tasks_due ON waybill_tasks (created_at)',
      'index waybill_tasks_due differs',
    ],
    ['ALTER TABLE waybill_workers DROP COLUMN info', 'column waybill_workers.info is missing'],
    ['ALTER TABLE waybill_queues RENAME COLUMN paused TO stopped', 'column waybill_queues.paused is missing'],
    ['DROP TABLE waybill_workers', 'column waybill_workers.worker is missing'],
  ])('after %s finds that the %s', async (sql, finding) => {
    const { database, log } = await inMemory()
    database.exec(sql)
    expect((await log.doctor()).join('\n')).toContain(finding)
  })

  test('has nothing to say about columns and indexes of yours', async () => {
    const { database, log } = await inMemory()
    database.exec('ALTER TABLE waybill_tasks ADD mine TEXT; CREATE INDEX mine ON waybill_tasks (mine)')
    expect(await log.doctor()).toEqual([])
  })
})
