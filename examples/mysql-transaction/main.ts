import { createDurableBroker } from '@waybill/broker-durable'
import { defineTask, LongRunningWorker, Queue, QueueDispatcher, Report } from '@waybill/core'
import { createMysqlTaskLog } from '@waybill/tasklog-mysql'
import mysql from 'mysql2/promise'

const pool = mysql.createPool(process.env['DATABASE_URL'] ?? '')
await pool.query('CREATE TABLE IF NOT EXISTS orders (item varchar(50), amount int CHECK (amount > 0))')

const confirm = defineTask<{ item: string }>({
  name: 'order.confirm',
  label: ({ item }) => `Confirm the order of a ${item}`,
  run: ({ item }) => Report.success(`A ${item} was ordered`),
})

const taskLog = createMysqlTaskLog({ pool }) // in the application's own database
const queues = [new Queue('default', createDurableBroker(taskLog))]
const waybill = new QueueDispatcher({ taskLog, queues, tasks: [confirm] })
await waybill.initialize()

// #region place
async function placeOrder(owner: string, item: string, amount: number): Promise<void> {
  const connection = await pool.getConnection()
  try {
    await connection.beginTransaction()
    await waybill.enqueue(confirm, { item }, { owner, transaction: connection })
    await connection.query('INSERT INTO orders (item, amount) VALUES (?, ?)', [item, amount])
    await connection.commit() // order and task are stored together, or neither is
  } catch (error) {
    await connection.rollback()
    throw error
  } finally {
    connection.release()
  }
}
// #endregion

await placeOrder('ada', 'book', 1)
await placeOrder('ada', 'lamp', 0).catch((error: Error) => console.log(`Refused: ${error.message}`))

await new LongRunningWorker(waybill, { drain: true }).run()
for (const { label, report } of await waybill.taskLog.forUser('ada').search()) {
  console.log(`${label}: ${report?.message}`)
}
await taskLog.close()
await pool.end()
