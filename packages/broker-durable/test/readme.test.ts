import { createDurableBroker, explainTask } from '@waybill/broker-durable'
import { defineTask, LongRunningWorker, Queue, QueueDispatcher, Report } from '@waybill/core'
import { createSqliteTaskLog } from '@waybill/tasklog-sqlite'
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'

const convert = defineTask({
  name: 'convert',
  run: ({ file }: { file: string }) => Report.success(`Converted ${file}`),
})

it('the durable queue, as the README shows it', async () => {
  const database = new Database(':memory:')
  // #region usage
  const log = createSqliteTaskLog({ database })
  const broker = createDurableBroker(log)
  const queues = [new Queue('exports', broker), new Queue('imports', broker, { weight: 2 })]
  const waybill = new QueueDispatcher({ taskLog: log, queues, tasks: [convert] })
  await waybill.initialize()

  await waybill.enqueue(convert, { file: 'a.csv' }, { delay: '5m', priority: -1, owner: 'ada' })
  await waybill.enqueue(convert, { file: 'b.csv' }, { idempotencyKey: 'order-42' })
  // #endregion
  // #region transaction
  database.transaction(() => {
    database.exec('CREATE TABLE orders (id INTEGER)')
    void waybill.enqueue(convert, { file: 'c.csv' }, { transaction: database })
  })()
  // #endregion
  // #region control
  await broker.pause('exports') // nothing more is claimed from it, by any worker
  await broker.resume('exports')
  await broker.limit('imports', 4) // at most four at once, over all workers
  // #endregion
  const { id } = await waybill.enqueue(convert, { file: 'd.csv' }, { delay: '1h' })
  // #region explain
  const { answer } = await explainTask(log, id) // 'It is due at 2026-11-24T04:00:00.000Z.'
  // #endregion
  expect(answer).toMatch(/^It is due at /)
  const summary = await new LongRunningWorker(waybill, { drain: true }).run()
  expect(summary.byStatus).toEqual({ completed: 2 })
  await log.close()
  database.close()
})
