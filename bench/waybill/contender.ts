import { createDurableBroker } from '@waybill/broker-durable'
import { createMemoryBroker } from '@waybill/broker-memory'
import { defineTask, LongRunningWorker, Queue, QueueDispatcher } from '@waybill/core'
import type { Contender, Run, Storage } from '../actor/contender.ts'
import { createLog, recreate } from './logs.ts'

/** Waybill: the durable broker over a database, the memory broker over the log in memory. */
export function connect(storage: Storage): Contender {
  let current: Run = { started: () => {}, settled: () => {} }
  const task = defineTask({
    name: 'noop',
    label: ({ i }: { i: number }) => `Task ${i}`,
    run: ({ i }: { i: number }) => current.started(i),
  })
  const log = createLog(storage)
  const broker = storage.log === 'memory' ? createMemoryBroker() : createDurableBroker(log)
  const dispatcher = new QueueDispatcher({
    taskLog: log,
    queues: [new Queue('default', broker)],
    tasks: [task],
    owner: 'ada',
  })
  return {
    create: () => recreate(log),
    async enqueue(i) {
      await dispatcher.enqueue(task, { i })
    },
    async enqueueMany(tasks) {
      await dispatcher.enqueueMany(tasks.map((i) => ({ task, input: { i } })))
    },
    async work(run) {
      current = run
      const worker = new LongRunningWorker(dispatcher, { onTask: () => run.settled(1) })
      const ended = worker.run()
      return {
        async stop() {
          worker.stop()
          await ended
        },
      }
    },
    close: () => log.close(),
  }
}
