import pg from 'pg'
import { expect, inject, onTestFinished, test } from 'vitest'
import { idOf, newEntry } from '../both-logs.ts'
import { ENTRIES, freshOrders, OUTCOMES } from './orders.ts'

const connectionString = inject('postgresUrl')

async function newClient(): Promise<pg.Client> {
  const client = new pg.Client(connectionString)
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

test('a task that is added inside a transaction is there when it commits, and was never there when it rolls back', async () => {
  const { log, table, count } = await freshOrders(connectionString)
  const client = await newClient()
  await client.query('BEGIN')
  await client.query(`INSERT INTO ${table} (item) VALUES ('book')`)
  expect(await log.add(ENTRIES, { transaction: client })).toEqual(OUTCOMES)
  expect(await count()).toEqual({ orders: 0, tasks: 0 })
  await client.query('ROLLBACK')
  expect(await count()).toEqual({ orders: 0, tasks: 0 })
  await client.query('BEGIN')
  await client.query(`INSERT INTO ${table} (item) VALUES ('book')`)
  expect(await log.add(ENTRIES, { transaction: client })).toEqual(OUTCOMES)
  await client.query('COMMIT')
  expect(await count()).toEqual({ orders: 1, tasks: 2 })
})

test('the first call of a log may be one in a transaction, also when its pool has no connection left', async () => {
  const { schema } = await freshOrders(connectionString)
  const { createPostgresTaskLog } = await import('../../src/index.ts')
  const pool = new pg.Pool({ connectionString, max: 1 })
  onTestFinished(() => pool.end())
  const log = createPostgresTaskLog({ pool }, { schema, notify: false })
  const client = await pool.connect()
  await client.query('BEGIN')
  expect(await log.add(ENTRIES, { transaction: client })).toEqual(OUTCOMES)
  await client.query('COMMIT')
  client.release()
})

test.each(['REPEATABLE READ', 'SERIALIZABLE'])(
  'at %s a key that another has committed since the transaction began is contention, for the caller to try again',
  async (level) => {
    const { log, count } = await freshOrders(connectionString)
    const keyed = newEntry(1, { idempotencyKey: 'key', fingerprint: 'one' })
    const client = await newClient()
    await client.query(`BEGIN ISOLATION LEVEL ${level}`)
    expect(await log.add([newEntry(7)], { transaction: client })).toMatchObject([{ outcome: 'added' }])
    await log.add([keyed])
    const fault = log.add([{ ...keyed, id: idOf(2) }], { transaction: client })
    await expect(fault).rejects.toMatchObject({
      code: 'store_contention',
      nativeCode: '40001',
      retryable: true,
    })
    await client.query('ROLLBACK')
    await client.query(`BEGIN ISOLATION LEVEL ${level}`)
    const again = await log.add([newEntry(7), { ...keyed, id: idOf(2) }], { transaction: client })
    expect(again).toEqual([
      { outcome: 'added', id: idOf(7) },
      { outcome: 'existing', id: idOf(1) },
    ])
    await client.query('COMMIT')
    expect(await count()).toMatchObject({ tasks: 2 })
  },
)

test('type parsers of the application change nothing that a transaction answers', async () => {
  const { log } = await freshOrders(connectionString)
  const client = await newClient()
  for (const type of [pg.types.builtins.UUID, pg.types.builtins.INT8, pg.types.builtins.BOOL]) {
    client.setTypeParser(type, () => 'parsed')
  }
  await client.query('BEGIN')
  expect(await log.add(ENTRIES, { transaction: client })).toEqual(OUTCOMES)
  await client.query('COMMIT')
})

test.each([
  ['a pool', () => new pg.Pool({ connectionString })],
  ['a client outside a transaction', newClient],
  ['something else', () => ({ begin: () => undefined })],
  ['a text', () => 'BEGIN'],
])('%s is not taken for a transaction', async (_, make) => {
  const { log, count } = await freshOrders(connectionString)
  const transaction: unknown = await make()
  await expect(log.add(ENTRIES, { transaction })).rejects.toMatchObject({
    code: 'invalid_input',
    path: 'transaction',
  })
  expect(await count()).toMatchObject({ tasks: 0 })
})
