import { createDurableBroker } from '@waybill/broker-durable'
import { currentTask, defineTask, LongRunningWorker, Queue, QueueDispatcher, Report } from '@waybill/core'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'

const sum = defineTask({
  name: 'sum',
  run: async ({ left, right }: { left: number; right: number }) =>
    Report.success(`${currentTask()?.label}: ${left + right}`),
})
const log = createMemoryTaskLog()
const queues = [new Queue('queue', createDurableBroker(log))]
const dispatcher = new QueueDispatcher({ queues, taskLog: log, tasks: [sum] })
const { id } = await dispatcher.enqueue(sum, { left: 1, right: 2 }, { label: '1 + 2' })
await new LongRunningWorker(dispatcher, { drain: true }).run()
console.log((await dispatcher.taskLog.getReport(id))?.message)
