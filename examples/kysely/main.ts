import { createDurableBroker } from '@waybill/broker-durable'
import { defineTask, LongRunningWorker, Queue, QueueDispatcher, Report } from '@waybill/core'
import { createMysqlTaskLog } from '@waybill/tasklog-mysql'
import { Kysely, MysqlDialect, sql } from 'kysely'
import mysql from 'mysql2'
import { kyselyTransaction } from './kysely-transaction.ts'

interface Database {
  readonly orders: { readonly item: string; readonly amount: number }
}

const pool = mysql.createPool(process.env['DATABASE_URL'] ?? '')
const db = new Kysely<Database>({ dialect: new MysqlDialect({ pool }) })
await sql`CREATE TABLE IF NOT EXISTS orders (item varchar(50), amount int CHECK (amount > 0))`.execute(db)

const confirm = defineTask<{ item: string }>({
  name: 'order.confirm',
  label: ({ item }) => `Confirm the order of a ${item}`,
  run: ({ item }) => Report.success(`A ${item} was ordered`),
})

const taskLog = createMysqlTaskLog({ pool })
const queues = [new Queue('default', createDurableBroker(taskLog))]
const waybill = new QueueDispatcher({ taskLog, queues, tasks: [confirm] })
await waybill.initialize()

// #region place
async function placeOrder(owner: string, item: string, amount: number): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await waybill.enqueue(confirm, { item }, { owner, transaction: kyselyTransaction(trx) })
    await trx.insertInto('orders').values({ item, amount }).execute()
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
await db.destroy()
