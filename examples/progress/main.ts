import { createDurableBroker } from '@waybill/broker-durable'
import { handleSignals, LongRunningWorker, Queue, QueueDispatcher } from '@waybill/core'
import { createSqliteTaskLog } from '@waybill/tasklog-sqlite'
import { taskServer } from './server.ts'
import { exportItems } from './tasks.ts'

const log = createSqliteTaskLog({ file: 'waybill.db' })
const queues = [new Queue('exports', createDurableBroker(log))]
const waybill = new QueueDispatcher({ taskLog: log, queues, tasks: [exportItems] })
await waybill.initialize()

const server = taskServer(waybill).listen(8080, () => console.log('http://localhost:8080'))
const worker = new LongRunningWorker(waybill)
handleSignals(worker)
await worker.run()
server.close()
await log.close()
