// #region set-up
import { createDurableBroker } from '@waybill/broker-durable'
import { defineTask, LongRunningWorker, Queue, QueueDispatcher, Report } from '@waybill/core'
import { createPostgresTaskLog } from '@waybill/tasklog-postgres'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'] })

const confirm = defineTask<{ item: string }>({
  name: 'order.confirm',
  label: ({ item }) => `Confirm the order of a ${item}`,
  run: ({ item }) => Report.success(`A ${item} was ordered`),
})

const taskLog = createPostgresTaskLog({ pool }) // in the application's own database
const queues = [new Queue('default', createDurableBroker(taskLog))]
const waybill = new QueueDispatcher({ taskLog, queues, tasks: [confirm] })
await waybill.initialize()
// #endregion
await pool.query('CREATE TABLE IF NOT EXISTS orders (item text, amount integer CHECK (amount > 0))')

// #region place
async function placeOrder(owner: string, item: string, amount: number): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await waybill.enqueue(confirm, { item }, { owner, transaction: client })
    await client.query('INSERT INTO orders (item, amount) VALUES ($1, $2)', [item, amount])
    await client.query('COMMIT') // order and task are stored together, or neither is
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
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
