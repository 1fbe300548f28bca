import { createDurableBroker } from '@waybill/broker-durable'
import { LongRunningWorker, Queue, QueueDispatcher, type TaskType } from '@waybill/core'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'

/** A Waybill in memory, and a worker that runs all there is. */
export function inMemory(...tasks: readonly TaskType[]): {
  readonly waybill: QueueDispatcher
  readonly broker: ReturnType<typeof createDurableBroker>
  drain(): Promise<void>
} {
  const log = createMemoryTaskLog()
  const broker = createDurableBroker(log)
  const waybill = new QueueDispatcher({ queues: [new Queue('default', broker)], taskLog: log, tasks })
  return {
    waybill,
    broker,
    async drain() {
      await new LongRunningWorker(waybill, { drain: true }).run()
    },
  }
}
