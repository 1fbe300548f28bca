import { createDurableBroker } from '@waybill/broker-durable'
import { LongRunningWorker, Queue, QueueDispatcher, type Report } from '@waybill/core'
import { createSqliteTaskLog } from '@waybill/tasklog-sqlite'
import { familyReport } from './family-report.ts'
import { importCatalogue, importFile } from './tasks.ts'

const log = createSqliteTaskLog({ file: process.argv[2] ?? 'waybill.db' })
const queues = [new Queue('imports', createDurableBroker(log))]
const waybill = new QueueDispatcher({ taskLog: log, queues, tasks: [importCatalogue, importFile] })
await waybill.initialize()

const files = {
  'fiction.csv': 'Middlemarch;1871\nThe Trial;1925\n',
  'poetry.csv': 'Leaves of Grass;1855\nThe Waste Land\n',
  'travel.csv': '',
}
const { id } = await waybill.enqueue(importCatalogue, { files }, { owner: 'ada' })
await new LongRunningWorker(waybill, { drain: true }).run()
print(await familyReport(waybill.taskLog, id))
await log.close()

function print({ type, message, children }: Report, depth = 0): void {
  console.log(`${'  '.repeat(depth)}${type}: ${message}`)
  for (const child of children) print(child, depth + 1)
}
