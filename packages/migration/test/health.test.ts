import { createMemoryBroker } from '@waybill/broker-memory'
import { Queue, QueueDispatcher } from '@waybill/core'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { expect, inject, it } from 'vitest'
import {
  mysqlThreadsRunning,
  postgresLongTransactions,
  postgresReplicationLag,
  queueDepth,
} from '../src/index.ts'
import { until } from './fixture.ts'

it('a queue with too many waiting tasks is bad', async () => {
  const queue = new Queue('queue', createMemoryBroker())
  const dispatcher = new QueueDispatcher({ queues: [queue], taskLog: createMemoryTaskLog() })
  const check = queueDepth(dispatcher, 'queue', 1)
  await queue.push([{ version: 1, id: 'a' }])
  expect(await check()).toBeNull()
  await queue.push([{ version: 1, id: 'b' }])
  expect(await check()).toBe('2 tasks wait in the queue queue, more than 1')
})

it('a PostgreSQL with a transaction that is open for too long is bad, one without replicas is not behind', async () => {
  const pool = new pg.Pool({ connectionString: inject('postgresUrl'), max: 2 })
  expect(await postgresReplicationLag(pool, '1s')()).toBeNull()
  expect(await postgresLongTransactions(pool, '1h')()).toBeNull()
  const client = await pool.connect()
  await client.query('BEGIN')
  await client.query('SELECT 1')
  const check = postgresLongTransactions(pool, '20ms')
  await until(async () => (await check()) !== null, 'the transaction to be too long')
  expect(await check()).toMatch(/^a transaction has been open for \d+ ms, longer than 20 ms$/)
  await client.query('ROLLBACK')
  client.release()
  await pool.end()
})

it('a MySQL with too many running threads is bad', async () => {
  const pool = mysql.createPool({ uri: inject('mysqlUrl'), connectionLimit: 4 })
  expect(await mysqlThreadsRunning(pool, 1_000)()).toBeNull()
  const check = mysqlThreadsRunning(pool, 2)
  const sleeping = [pool.query('SELECT sleep(2)'), pool.query('SELECT sleep(2)')]
  await until(async () => (await check()) !== null, 'the threads to run')
  await Promise.all(sleeping)
  await pool.end()
})
