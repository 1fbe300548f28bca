// #region imports
import { createDurableBroker } from '@waybill/broker-durable'
import { defineTask, LongRunningWorker, Queue, QueueDispatcher, Report } from '@waybill/core'
import { createPostgresTaskLog } from '@waybill/tasklog-postgres'
// #endregion
import pg from 'pg'
import { expect, inject, test } from 'vitest'
import { freshName } from './fresh-schema.ts'

test('the README is true', async () => {
  const connectionString = inject('postgresUrl')
  const schema = freshName()
  const pool = new pg.Pool({ connectionString })
  await pool.query(`CREATE SCHEMA ${schema}`)
  // #region usage
  const bill = defineTask({
    name: 'billing.report',
    run: ({ month }: { month: string }) => Report.success(`Billed ${month}`),
  })
  const taskLog = createPostgresTaskLog({ connectionString }, { schema })
  const queues = [new Queue('exports', createDurableBroker(taskLog))]
  const waybill = new QueueDispatcher({ taskLog, queues, tasks: [bill] })
  await waybill.initialize() // creates or upgrades the tables
  await waybill.enqueue(bill, { month: '2026-11' }, { owner: 'ada' })
  await new LongRunningWorker(waybill, { drain: true }).run()
  // #endregion
  await pool.query(`CREATE TABLE ${schema}.orders (item text)`)
  // #region transaction
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await client.query(`INSERT INTO ${schema}.orders (item) VALUES ($1)`, ['book'])
    await waybill.enqueue(bill, { month: '2026-12' }, { transaction: client })
    await client.query('COMMIT') // order and task are stored together, or neither is
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
  // #endregion
  const { completed, enqueued } = await taskLog.stats({ kind: 'and', nodes: [] })
  expect([completed, enqueued]).toEqual([1, 1])
  await taskLog.close()
  await pool.query(`DROP SCHEMA ${schema} CASCADE`)
  await pool.end()
})
