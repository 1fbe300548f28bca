import { handleSignals, LongRunningWorker } from '@waybill/core'
import { openWaybill } from './waybill.ts'

const { log, waybill } = openWaybill(process.env['WAYBILL_FILE'] ?? 'waybill.db')
await waybill.initialize()
const worker = new LongRunningWorker(waybill, { grace: '20s', concurrency: 1 })
handleSignals(worker)
const { tasks } = await worker.run()
await log.close()
console.log(`Stopped after ${tasks} tasks`)
