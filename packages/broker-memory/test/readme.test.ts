import { createMemoryBroker } from '@waybill/broker-memory'
import { defineTask, LongRunningWorker, Queue, QueueDispatcher, Report } from '@waybill/core'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'
import { expect, it } from 'vitest'

it('a sync queue, as the README shows it', async () => {
  // #region sync
  const sum = defineTask({
    name: 'sum',
    run: ({ left, right }: { left: number; right: number }) => Report.success(`${left + right}`),
  })
  const waybill = new QueueDispatcher({
    taskLog: createMemoryTaskLog(),
    queues: [new Queue('now', createMemoryBroker({ sync: true }))],
    tasks: [sum],
  })
  const { id } = await waybill.enqueue(sum, { left: 1, right: 2 })
  const report = await waybill.taskLog.getReport(id) // it has run: '3'
  // #endregion
  expect(report?.message).toBe('3')
})

it('an async queue, as the README shows it', async () => {
  const greet = defineTask({ name: 'greet', run: () => Report.success('hello') })
  // #region async
  const waybill = new QueueDispatcher({
    taskLog: createMemoryTaskLog(),
    queues: [new Queue('later', createMemoryBroker())],
    tasks: [greet],
  })
  const worker = new LongRunningWorker(waybill)
  const running = worker.run()
  const { id } = await waybill.enqueue(greet, undefined)
  await waybill.taskLog.wait([id])
  worker.stop()
  await running
  // #endregion
  expect(await waybill.taskLog.getStatus(id)).toBe('completed')
})
