// #region imports
import { createDurableBroker } from '@waybill/broker-durable'
import { defineTask, LongRunningWorker, Queue, QueueDispatcher, Report } from '@waybill/core'
import { createSqliteTaskLog } from '@waybill/tasklog-sqlite'
// #endregion
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { temporaryFile } from './temporary-file.ts'

test('the SQLite log, as the README shows it', async () => {
  const file = temporaryFile()
  // #region usage
  const bill = defineTask({
    name: 'billing.report',
    run: ({ month }: { month: string }) => Report.success(`Billed ${month}`),
  })
  const taskLog = createSqliteTaskLog({ file })
  const queues = [new Queue('exports', createDurableBroker(taskLog))]
  const waybill = new QueueDispatcher({ taskLog, queues, tasks: [bill] })
  await waybill.initialize() // creates or upgrades the tables
  await waybill.enqueue(bill, { month: '2026-11' }, { owner: 'ada' })
  await new LongRunningWorker(waybill, { drain: true }).run()
  // #endregion
  const everything = { kind: 'and', nodes: [] } as const
  expect(await taskLog.stats(everything)).toMatchObject({ completed: 1 })
  await taskLog.close()
})

test('adding tasks inside a transaction of your own, as the README shows it', async () => {
  const database = new Database(temporaryFile())
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec('CREATE TABLE orders (id INTEGER PRIMARY KEY)')
  const ship = defineTask({ name: 'order.ship', run: () => Report.success('Shipped') })
  // #region transaction
  const taskLog = createSqliteTaskLog({ database })
  const waybill = new QueueDispatcher({
    taskLog,
    queues: [new Queue('orders', createDurableBroker(taskLog))],
    tasks: [ship],
  })
  await waybill.initialize()
  let enqueued: Promise<unknown> = Promise.resolve()
  const placeOrder = database.transaction(() => {
    database.exec('INSERT INTO orders DEFAULT VALUES')
    enqueued = waybill.enqueue(ship, undefined, { transaction: database })
  })
  placeOrder.immediate() // order and task are stored together, or neither is
  await enqueued
  // #endregion
  expect(await taskLog.count({ kind: 'and', nodes: [] })).toBe(1)
  database.close()
})
