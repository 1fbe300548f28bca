import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { createPostgresTaskLog, type PostgresTaskLog } from '../src/index.ts'
import { nameTables, SCHEMA_STEPS } from '../src/schema.ts'
import { newEntry } from './both-logs.ts'
import { dropSchema, freshName, run } from './fresh-schema.ts'

const connectionString = inject('postgresUrl')
const EVERYTHING = { kind: 'and', nodes: [] } as const
const prefix = 'waybill_'

/** A log whose tables are not there yet. */
function newLog(schema = freshName(), url = connectionString): { log: PostgresTaskLog; schema: string } {
  const log = createPostgresTaskLog({ connectionString: url }, { schema })
  onTestFinished(async () => {
    await log.close()
    await dropSchema(connectionString, schema)
  })
  return { log, schema }
}

async function createdLog(): Promise<{ log: PostgresTaskLog; schema: string }> {
  const created = newLog()
  await created.log.createContainer()
  return created
}

test('without its tables a log refuses every call and names the command', async () => {
  const { log } = newLog()
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

test('a step of a newer release is refused', async () => {
  const { log, schema } = await createdLog()
  await run(connectionString, `INSERT INTO ${schema}.waybill_schema VALUES ('0002-later', 'checksum', now())`)
  const later = newLog(schema).log
  await expect(later.add([newEntry(1)])).rejects.toMatchObject({
    code: 'schema_newer',
    message: expect.stringContaining('Upgrade @waybill/tasklog-postgres'),
  })
  await expect(later.createContainer()).rejects.toMatchObject({ code: 'schema_newer' })
  expect(await log.schemaStatus()).toMatchObject({ state: 'newer' })
})

test('a step that was taken with other statements is not built upon', async () => {
  const { log, schema } = await createdLog()
  await run(connectionString, `UPDATE ${schema}.waybill_schema SET checksum = 'other'`)
  expect(await log.schemaStatus()).toMatchObject({ state: 'current', steps: [{ checksumFits: false }] })
  await expect(log.createContainer()).rejects.toMatchObject({ code: 'schema_drifted' })
  expect(await log.doctor()).toEqual([expect.stringContaining('0001-task-log')])
})

test('several migrators at once: one creates the tables, the others find them', async () => {
  const { schema } = newLog()
  const logs = Array.from({ length: 5 }, () => createPostgresTaskLog({ connectionString }, { schema }))
  await Promise.all(logs.map((log) => log.createContainer()))
  for (const log of logs) {
    expect(await log.schemaStatus()).toMatchObject({ state: 'current' })
    await log.close()
  }
  expect(await run(connectionString, `SELECT id FROM ${schema}.waybill_schema`)).toHaveLength(
    SCHEMA_STEPS.length,
  )
})

test('a migrator that breaks off leaves nothing, and the next one takes every step', async () => {
  const { log, schema } = newLog()
  const inTheWay = 'CREATE TABLE {queues} (mine integer)'
  const names = { schema, prefix }
  await run(connectionString, `CREATE SCHEMA ${schema}; ${nameTables(inTheWay, names)}`)
  await expect(log.createContainer()).rejects.toMatchObject({ code: 'store_refused', nativeCode: '42P07' })
  const tables = `SELECT relname FROM pg_class WHERE relnamespace = '${schema}'::regnamespace AND relkind = 'r'`
  expect(await run(connectionString, tables)).toEqual([{ relname: 'waybill_queues' }])
  await run(connectionString, nameTables('DROP TABLE {queues}', names))
  await log.createContainer()
  expect(await log.doctor()).toEqual([])
})

test('what the schema prints makes tables that the doctor finds nothing wrong with, once the journal says so', async () => {
  const { log, schema } = newLog()
  await run(connectionString, log.schemaSql())
  expect(await log.schemaStatus()).toMatchObject({ state: 'missing' })
  const { schema: made } = await createdLog()
  await run(connectionString, `INSERT INTO ${schema}.waybill_schema SELECT * FROM ${made}.waybill_schema`)
  expect(await log.doctor()).toEqual([])
})

test('a user without any right to DDL runs everything but the creation', async () => {
  const { log, schema } = await createdLog()
  const user = freshName()
  const url = new URL(connectionString)
  url.username = user
  await run(
    connectionString,
    `CREATE ROLE ${user} LOGIN;
     GRANT USAGE ON SCHEMA ${schema} TO ${user};
     GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${user}`,
  )
  const worker = createPostgresTaskLog({ connectionString: url.href }, { schema })
  onTestFinished(async () => {
    await worker.close()
    await run(connectionString, `DROP OWNED BY ${user}; DROP ROLE ${user}`)
  })
  await worker.createContainer()
  await worker.add([newEntry(1)])
  await worker.heartbeat({ worker: 'w', leaseMs: 60_000, info: null, open: [] })
  expect(await worker.claim({ worker: 'w', token: 't', from: { queue: 'default' }, limit: 1 })).toHaveLength(
    1,
  )
  await worker.retire('w')
  expect(await worker.doctor()).toEqual([])
  await expect(worker.dropContainer()).rejects.toMatchObject({ code: 'store_refused', nativeCode: '42501' })
  expect(await log.count(EVERYTHING)).toBe(1)
})

test('tables that are dropped under a log are named with the command to run', async () => {
  const { log, schema } = await createdLog()
  await log.count(EVERYTHING)
  await dropSchema(connectionString, schema)
  await expect(log.count(EVERYTHING)).rejects.toMatchObject({ code: 'schema_missing' })
})

test('two logs in one schema, with prefixes of their own, know nothing of each other', async () => {
  const { log, schema } = await createdLog()
  await using other = createPostgresTaskLog({ connectionString }, { schema, prefix: 'other_' })
  await other.createContainer()
  await log.add([newEntry(1)])
  expect(await other.count(EVERYTHING)).toBe(0)
  await other.dropContainer()
  expect(await other.schemaStatus()).toMatchObject({ state: 'missing' })
  expect(await log.doctor()).toEqual([])
})

describe.each(['postgresUrl', 'postgresDebianUrl'] as const)('the doctor, on %s', (server) => {
  const url = inject(server)

  test.each([
    ['DROP INDEX {index}.waybill_tasks_ready', 'index waybill_tasks_ready is missing'],
    [
      'DROP INDEX {index}.waybill_tasks_owner; CREATE INDEX waybill_tasks_owner ON {tasks} (owner)',
      'index waybill_tasks_owner differs',
    ],
    [
      `UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{index}.waybill_tasks_held'::regclass`,
      'index waybill_tasks_held differs: it is USING btree (worker, cancel_requested, queue)',
    ],
    ['ALTER TABLE {workers} DROP COLUMN info', 'column waybill_workers.info is missing'],
    ['ALTER TABLE {tasks} ALTER label TYPE text COLLATE "und-x-icu"', 'column waybill_tasks.label differs'],
    ['ALTER TABLE {tasks} ALTER due_at TYPE timestamptz(0)', 'column waybill_tasks.due_at differs'],
    ['ALTER TABLE {tasks} ALTER owner DROP NOT NULL', 'column waybill_tasks.owner differs'],
    ['DROP TABLE {queues}', 'column waybill_queues.queue is missing'],
  ])('after %s finds that %s', async (sql, finding) => {
    const schema = freshName()
    const log = createPostgresTaskLog({ connectionString: url }, { schema })
    onTestFinished(async () => {
      await log.close()
      await dropSchema(url, schema)
    })
    await log.createContainer()
    expect(await log.doctor()).toEqual([])
    await run(url, nameTables(sql.replaceAll('{index}', schema), { schema, prefix }))
    expect((await log.doctor()).join('\n')).toContain(finding)
    expect(await log.schemaStatus()).toMatchObject({ state: 'current' })
  })
})

test('the doctor has nothing to say about columns and indexes of yours, and leaves the tables as they are', async () => {
  const { log, schema } = await createdLog()
  await log.add([newEntry(0)])
  await run(
    connectionString,
    `ALTER TABLE ${schema}.waybill_tasks ADD mine text; CREATE INDEX mine ON ${schema}.waybill_tasks (created_at)`,
  )
  expect(await log.doctor()).toEqual([])
  expect(await log.count(EVERYTHING)).toBe(1)
})

test('the doctor warns of settings with which a crash takes commits with it', async () => {
  const { schema } = await createdLog()
  const config = { connectionString, options: '-c synchronous_commit=off' }
  await using careless = createPostgresTaskLog({ config }, { schema })
  expect(await careless.doctor()).toEqual(['A crash may take commits with it: synchronous_commit is off.'])
})
