import { createMemoryBroker } from '@waybill/broker-memory'
import { AbstractTask, defineTask, Queue, QueueDispatcher, Report, TaskLogFilter } from '@waybill/core'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'
import { expect, it } from 'vitest'

// #region class
class MyFirstTask extends AbstractTask<{ testUri: string; deliveryUri?: string }> {
  static override readonly taskName = 'my.first'

  run() {
    const { testUri, deliveryUri } = this.parameters
    if (!deliveryUri) return Report.error('Missing parameters')
    return Report.success(`I worked with Test ${testUri} and Delivery ${deliveryUri}`)
  }
}
// #endregion

// #region action
const regeneratePayload = defineTask<{ delivery: string }>({
  name: 'delivery.regenerate',
  run: ({ delivery }) => Report.success(`Regenerated ${delivery}`),
})
// #endregion

it('does what the original does, by its names', async () => {
  // #region dispatcher
  const queue = new QueueDispatcher({
    queues: [new Queue('queue', createMemoryBroker({ sync: true }))],
    taskLog: createMemoryTaskLog(),
    tasks: [MyFirstTask, regeneratePayload],
    associations: { 'delivery.regenerate': 'queue' },
    owner: () => 'ada', // the session
  })
  await queue.initialize()
  // #endregion
  // #region enqueue
  const myTask = new MyFirstTask({ testUri: 'http://example.org/test' })
  myTask.setParameter('deliveryUri', 'http://example.org/delivery')
  await queue.enqueue(myTask, { label: 'Label for the task' })
  if (myTask.isEnqueued()) console.log('Successfully published')

  const task = await queue.createTask(regeneratePayload, { delivery: 'd1' }, 'Fancy label')
  // #endregion
  // #region log
  if (queue.isSync()) {
    const report = await queue.taskLog.getReport(task.id)
    console.log(report?.message)
  }

  const filter = new TaskLogFilter()
    .addAvailableFilters('ada')
    .eq('taskName', 'my.first')
    .in('status', ['enqueued', 'dequeued', 'running', 'completed'])
  const tasks = await queue.taskLog.search(filter)
  // #endregion
  expect(await queue.taskLog.getReport(task.id)).toMatchObject({ message: 'Regenerated d1' })
  expect(tasks.items.map(({ label }) => label)).toEqual(['Label for the task'])
})
