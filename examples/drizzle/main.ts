import { createDurableBroker } from '@waybill/broker-durable'
import { defineTask, LongRunningWorker, Queue, QueueDispatcher, Report } from '@waybill/core'
import { createPostgresTaskLog } from '@waybill/tasklog-postgres'
import { drizzle } from 'drizzle-orm/node-postgres'
import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import pg from 'pg'
import { drizzleTransaction } from './drizzle-transaction.ts'

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'] })
const orders = pgTable('orders', { item: text().notNull(), amount: integer().notNull() })
await pool.query('CREATE TABLE IF NOT EXISTS orders (item text, amount integer CHECK (amount > 0))')
const db = drizzle({ client: pool })

const confirm = defineTask<{ item: string }>({
  name: 'order.confirm',
  label: ({ item }) => `Confirm the order of a ${item}`,
  run: ({ item }) => Report.success(`A ${item} was ordered`),
})

const taskLog = createPostgresTaskLog({ pool })
const queues = [new Queue('default', createDurableBroker(taskLog))]
const waybill = new QueueDispatcher({ taskLog, queues, tasks: [confirm] })
await waybill.initialize()

// #region place
async function placeOrder(owner: string, item: string, amount: number): Promise<void> {
  await db.transaction(async (tx) => {
    await waybill.enqueue(confirm, { item }, { owner, transaction: drizzleTransaction(tx) })
    await tx.insert(orders).values({ item, amount })
  }) // order and task are stored together, or neither is
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
