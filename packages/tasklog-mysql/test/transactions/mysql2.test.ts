import { createPool, type PoolConnection } from 'mysql2'
import mysql from 'mysql2/promise'
import { expect, inject, onTestFinished, test } from 'vitest'
import { idOf, newEntry } from '../both-logs.ts'
import { ENTRIES, freshOrders, OUTCOMES } from './orders.ts'

const uri = inject('mysqlUrl')

test('a task that is added inside a transaction is there when it commits, and was never there when it rolls back', async () => {
  const { log, table, count } = await freshOrders(uri)
  const connection = await mysql.createConnection(uri)
  onTestFinished(() => connection.end())
  await connection.beginTransaction()
  await connection.query(`INSERT INTO ${table} (item) VALUES ('book')`)
  expect(await log.add(ENTRIES, { transaction: connection })).toEqual(OUTCOMES)
  expect(await count()).toEqual({ orders: 0, tasks: 0 })
  await connection.rollback()
  expect(await count()).toEqual({ orders: 0, tasks: 0 })
  await connection.beginTransaction()
  await connection.query(`INSERT INTO ${table} (item) VALUES ('book')`)
  expect(await log.add(ENTRIES, { transaction: connection })).toEqual(OUTCOMES)
  await connection.commit()
  expect(await count()).toEqual({ orders: 1, tasks: 2 })
})

test('a connection of the callback kind is taken too', async () => {
  const { log, count } = await freshOrders(uri)
  const pool = createPool(uri)
  onTestFinished(() => pool.promise().end())
  const connection = await new Promise<PoolConnection>((resolve, reject) => {
    pool.getConnection((error, lent) => (error ? reject(error) : resolve(lent)))
  })
  await connection.promise().query('START TRANSACTION')
  expect(await log.add(ENTRIES, { transaction: connection })).toEqual(OUTCOMES)
  await connection.promise().query('COMMIT')
  connection.release()
  expect(await count()).toMatchObject({ tasks: 2 })
})

test('at REPEATABLE READ a key that another has committed since the transaction began is found', async () => {
  const { log, count } = await freshOrders(uri)
  const keyed = newEntry(1, { idempotencyKey: 'key', fingerprint: 'one' })
  const connection = await mysql.createConnection(uri)
  onTestFinished(() => connection.end())
  await connection.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ')
  await connection.beginTransaction()
  expect(await log.add([newEntry(7)], { transaction: connection })).toMatchObject([{ outcome: 'added' }])
  await log.add([keyed])
  const child = newEntry(3, { parentId: idOf(2) })
  const again = [{ ...keyed, id: idOf(2) }, child]
  expect(await log.add(again, { transaction: connection })).toEqual([
    { outcome: 'existing', id: idOf(1) },
    { outcome: 'refused', id: idOf(3), refusal: 'parent_missing' },
  ])
  await connection.commit()
  expect(await count()).toMatchObject({ tasks: 2 })
})

test('a session of the caller’s that has not every character stores every character', async () => {
  const { log } = await freshOrders(uri)
  const connection = await mysql.createConnection({ uri, charset: 'LATIN1_SWEDISH_CI' })
  onTestFinished(() => connection.end())
  await connection.beginTransaction()
  expect(await log.add(ENTRIES, { transaction: connection })).toEqual(OUTCOMES)
  await connection.commit()
  expect(await log.find([idOf(1)])).toMatchObject([{ label: ENTRIES[0]?.label }])
})

test.each([
  ['a pool', mysql.createPool(uri)],
  ['something else', { begin: () => undefined }],
  ['a text', 'BEGIN'],
])('%s is not taken for a transaction', async (_, transaction) => {
  const { log, count } = await freshOrders(uri)
  await expect(log.add(ENTRIES, { transaction })).rejects.toMatchObject({
    code: 'invalid_input',
    path: 'transaction',
  })
  expect(await count()).toMatchObject({ tasks: 0 })
})
