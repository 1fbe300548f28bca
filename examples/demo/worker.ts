import { handleSignals, LongRunningWorker } from '@waybill/core'
import { openWaybill } from './waybill.ts'

const { log, dispatcher } = openWaybill()
const worker = new LongRunningWorker(dispatcher, {
  worker: process.argv[2] ?? `worker-${process.pid}`,
  concurrency: 2,
  prefetch: 1,
  onTask: (run) => process.send?.(run),
})
handleSignals(worker)
await worker.run()
await log.close()
process.disconnect?.()
