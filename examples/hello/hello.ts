import { createDurableBroker } from '@waybill/broker-durable'
import { defineTask, LongRunningWorker, Queue, QueueDispatcher, Report } from '@waybill/core'
import { createSqliteTaskLog } from '@waybill/tasklog-sqlite'

const greet = defineTask({
  name: 'greet',
  run: ({ name }: { name: string }) => Report.success(`Hello, ${name}`),
})

const log = createSqliteTaskLog({ file: 'waybill.db' })
const queues = [new Queue('default', createDurableBroker(log))]
const waybill = new QueueDispatcher({ taskLog: log, queues, tasks: [greet] })
await waybill.initialize()

const { id } = await waybill.enqueue(greet, { name: 'Ada' }, { owner: 'ada', label: 'Greet Ada' })
await new LongRunningWorker(waybill, { drain: true }).run()
console.log((await waybill.taskLog.getReport(id))?.message)
