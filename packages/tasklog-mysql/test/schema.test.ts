import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { createMysqlTaskLog, type MysqlTaskLog } from '../src/index.ts'
import { nameTables, SCHEMA_STEPS, statementsOf } from '../src/schema.ts'
import { newEntry } from './both-logs.ts'
import { dropTables, freshPrefix, run } from './fresh-prefix.ts'

const uri = inject('mysqlUrl')
const EVERYTHING = { kind: 'and', nodes: [] } as const

/** A log whose tables are not there yet. */
function newLog(prefix = freshPrefix()): { log: MysqlTaskLog; prefix: string } {
  const log = createMysqlTaskLog({ uri }, { prefix })
  onTestFinished(async () => {
    await log.close()
    await dropTables(uri, prefix)
  })
  return { log, prefix }
}

async function createdLog(): Promise<{ log: MysqlTaskLog; prefix: string }> {
  const created = newLog()
  await created.log.createContainer()
  return created
}

test('without its tables a log refuses every call and names the command', async () => {
  const { log } = newLog()
  const calls = [
    () => log.add([newEntry(0)]),
    () => log.count(EVERYTHING),
    () => log.queueStates(),
    () => log.promote(1),
  ]
  for (const call of calls) {
    await expect(call()).rejects.toMatchObject({
      code: 'schema_missing',
      message: expect.stringContaining('waybill schema up'),
    })
  }
  expect(await log.schemaStatus()).toMatchObject({ state: 'missing' })
  expect(await log.doctor()).toEqual([expect.stringContaining('schema is missing')])
})

test('a step of a newer release is refused', async () => {
  const { log, prefix } = await createdLog()
  await run(uri, `INSERT INTO ${prefix}schema VALUES ('0002-later', 'checksum', 1)`)
  const later = newLog(prefix).log
  await expect(later.add([newEntry(1)])).rejects.toMatchObject({
    code: 'schema_newer',
    message: expect.stringContaining('Upgrade @waybill/tasklog-mysql'),
  })
  await expect(later.createContainer()).rejects.toMatchObject({ code: 'schema_newer' })
  expect(await log.schemaStatus()).toMatchObject({ state: 'newer' })
})

test('a step that was taken with other statements is not built upon', async () => {
  const { log, prefix } = await createdLog()
  await run(uri, `UPDATE ${prefix}schema SET checksum = 'other'`)
  expect(await log.schemaStatus()).toMatchObject({ state: 'current', steps: [{ checksumFits: false }] })
  await expect(log.createContainer()).rejects.toMatchObject({ code: 'schema_drifted' })
  expect(await log.doctor()).toEqual([expect.stringContaining('0001-task-log')])
})

test('several migrators at once: one creates the tables, the others find them', async () => {
  const { prefix } = newLog()
  const logs = Array.from({ length: 5 }, () => createMysqlTaskLog({ uri }, { prefix }))
  await Promise.all(logs.map((log) => log.createContainer()))
  for (const log of logs) {
    expect(await log.schemaStatus()).toMatchObject({ state: 'current' })
    await log.close()
  }
  expect(await run(uri, `SELECT id FROM ${prefix}schema`)).toHaveLength(SCHEMA_STEPS.length)
})

test('a step that broke off after any of its statements is taken again, to the same end', async () => {
  const statements = SCHEMA_STEPS.flatMap(({ sql }) => statementsOf(sql))
  for (let done = 0; done <= statements.length; done += 1) {
    const { log, prefix } = newLog()
    await run(
      uri,
      statements.slice(0, done).map((sql) => nameTables(sql, prefix)),
    )
    expect(await log.schemaStatus()).toMatchObject({ state: 'missing' })
    await log.createContainer()
    expect(await log.doctor()).toEqual([])
  }
})

test('what the schema prints makes tables that the doctor finds nothing wrong with but the journal', async () => {
  const { log, prefix } = newLog()
  await run(uri, statementsOf(log.schemaSql()))
  await log.createContainer()
  expect(await log.doctor()).toEqual([])
  const tables = await run(uri, `SHOW TABLES LIKE '${prefix}%'`)
  expect(tables).toHaveLength(4)
})

test('tables that are dropped under a log are named with the command to run', async () => {
  const { log, prefix } = await createdLog()
  await log.count(EVERYTHING)
  await dropTables(uri, prefix)
  await expect(log.count(EVERYTHING)).rejects.toMatchObject({ code: 'schema_missing' })
})

describe('the doctor', () => {
  test.each([
    ['DROP INDEX tasks_stage ON {tasks}', 'KEY `tasks_stage` is missing'],
    [
      'ALTER TABLE {tasks} DROP INDEX tasks_owner, ADD INDEX tasks_owner (owner)',
      'KEY `tasks_owner` differs',
    ],
    ['ALTER TABLE {workers} DROP COLUMN info', '`info` is missing'],
    ['ALTER TABLE {tasks} MODIFY label VARCHAR(255) COLLATE utf8mb4_general_ci NOT NULL', '`label` differs'],
    ['DROP TABLE {queues}', '`queue` is missing'],
  ])('after %s finds that %s', async (sql, finding) => {
    const { log, prefix } = await createdLog()
    await run(uri, nameTables(sql, prefix))
    expect((await log.doctor()).join('\n')).toContain(finding)
    expect(await log.schemaStatus()).toMatchObject({ state: 'current' })
  })

  test('has nothing to say about columns and indexes of yours, and leaves the tables as they are', async () => {
    const { log, prefix } = await createdLog()
    await log.add([newEntry(0)])
    await run(uri, [
      `ALTER TABLE ${prefix}tasks ADD mine TEXT`,
      `CREATE INDEX mine ON ${prefix}tasks (created_at)`,
    ])
    expect(await log.doctor()).toEqual([])
    expect(await log.count(EVERYTHING)).toBe(1)
  })
})
