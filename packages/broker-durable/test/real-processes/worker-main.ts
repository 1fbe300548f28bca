import { setTimeout as sleep } from 'node:timers/promises'
import { createDurableBroker } from '@waybill/broker-durable'
import { handleSignals, LongRunningWorker, Queue, QueueDispatcher } from '@waybill/core'
import { openLog } from '../open-log.ts'
import { moment, openLedger } from './ledger.ts'
import { recordCalls, recordFaults, recordRuns } from './record.ts'
import { TASKS } from './tasks.ts'
import type { WorkerSetting } from './worker-process.ts'

// Without its parent nobody would end it.
process.on('disconnect', () => process.exit(1))

const { name, address, ledger, queues, options } = JSON.parse(process.argv[2] ?? '') as WorkerSetting
const write = openLedger(ledger)
const log = await openLog(address)
recordCalls(log, name, write)
recordFaults(name, write)
const broker = createDurableBroker(log)
const dispatcher = new QueueDispatcher({
  taskLog: log,
  queues: queues.map((queue) => new Queue(queue, broker)),
  tasks: TASKS,
})
const worker = new LongRunningWorker(dispatcher, {
  ...options,
  worker: name,
  around: [recordRuns(name, write)],
})
handleSignals(worker)
const running = worker.run()
while (worker.state === 'new') await sleep(5)
write({ kind: 'ready', at: moment(), worker: name })
await running
await log.close()
process.removeAllListeners('disconnect')
process.disconnect()
