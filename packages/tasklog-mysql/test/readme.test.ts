// #region imports
import { createDurableBroker } from '@waybill/broker-durable'
import { defineTask, LongRunningWorker, Queue, QueueDispatcher, Report } from '@waybill/core'
import { createMysqlTaskLog } from '@waybill/tasklog-mysql'
// #endregion
import mysql from 'mysql2/promise'
import { expect, inject, test } from 'vitest'
import { freshPrefix, run } from './fresh-prefix.ts'

const EVERYTHING = { kind: 'and', nodes: [] } as const

/** The URL of a database that nobody else uses. */
async function freshDatabase(): Promise<{ uri: string; drop(): Promise<unknown> }> {
  const name = freshPrefix()
  const url = new URL(inject('mysqlUrl'))
  url.pathname = `/${name}`
  await run(inject('mysqlUrl'), `CREATE DATABASE ${name}`)
  return { uri: url.href, drop: () => run(inject('mysqlUrl'), `DROP DATABASE ${name}`) }
}

test('the MySQL log, as the README shows it', async () => {
  const { uri, drop } = await freshDatabase()
  // #region usage
  const bill = defineTask({
    name: 'billing.report',
    run: ({ month }: { month: string }) => Report.success(`Billed ${month}`),
  })
  const taskLog = createMysqlTaskLog({ uri })
  const queues = [new Queue('exports', createDurableBroker(taskLog))]
  const waybill = new QueueDispatcher({ taskLog, queues, tasks: [bill] })
  await waybill.initialize() // creates or upgrades the tables
  await waybill.enqueue(bill, { month: '2026-11' }, { owner: 'ada' })
  await new LongRunningWorker(waybill, { drain: true }).run()
  // #endregion
  expect(await taskLog.stats(EVERYTHING)).toMatchObject({ completed: 1 })
  await taskLog.close()
  await drop()
})

test('adding tasks inside a transaction of your own, as the README shows it', async () => {
  const { uri, drop } = await freshDatabase()
  const pool = mysql.createPool(uri)
  await pool.query('CREATE TABLE orders (id INT AUTO_INCREMENT PRIMARY KEY, item VARCHAR(50))')
  const ship = defineTask({ name: 'order.ship', run: () => Report.success('Shipped') })
  const taskLog = createMysqlTaskLog({ pool })
  const queues = [new Queue('orders', createDurableBroker(taskLog))]
  const waybill = new QueueDispatcher({ taskLog, queues, tasks: [ship] })
  await waybill.initialize()
  // #region transaction
  const connection = await pool.getConnection()
  try {
    await connection.beginTransaction()
    await connection.query('INSERT INTO orders (item) VALUES (?)', ['book'])
    await waybill.enqueue(ship, undefined, { transaction: connection })
    await connection.commit() // order and task are stored together, or neither is
  } catch (error) {
    await connection.rollback()
    throw error
  } finally {
    connection.release()
  }
  // #endregion
  expect(await taskLog.count(EVERYTHING)).toBe(1)
  await taskLog.close()
  await pool.end()
  await drop()
})
