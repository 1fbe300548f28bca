import { createDurableBroker } from '@waybill/broker-durable'
import {
  defineTask,
  LongRunningWorker,
  Queue,
  QueueDispatcher,
  Report,
  StrictPriorityStrategy,
} from '@waybill/core'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'
import { expect, it } from 'vitest'

// #region tasks
const convert = defineTask<{ bytes: number }>({
  name: 'file.convert',
  queue: ({ bytes }) => (bytes > 1_000_000 ? 'large' : undefined), // the task's own word
  run: ({ bytes }) => Report.success(`${bytes} bytes converted`),
})
const mail = defineTask({ name: 'mail.send', run: () => Report.success('Sent') })
// #endregion

it('which queue a task goes to, and which one a worker asks first', async () => {
  const taskLog = createMemoryTaskLog()
  // #region queues
  const broker = createDurableBroker(taskLog)
  const waybill = new QueueDispatcher({
    taskLog,
    tasks: [convert, mail],
    queues: [
      new Queue('default', broker, { weight: 1 }), // the first one is the default queue
      new Queue('mails', broker, { weight: 2 }), // asked first twice as often as default
      new Queue('large', broker, { weight: 0 }), // only when all others are empty
    ],
    associations: { 'mail.send': 'mails' }, // by the task's name
  })
  // #endregion
  await waybill.initialize()
  const to = async (...request: Parameters<typeof waybill.enqueue>) =>
    (await waybill.enqueue(...request)).queue
  expect(await to(convert, { bytes: 5 })).toBe('default')
  expect(await to(convert, { bytes: 5_000_000 })).toBe('large')
  expect(await to(mail, undefined)).toBe('mails')
  expect(await to(mail, undefined, { queue: 'large' })).toBe('large')
  // #region workers
  await new LongRunningWorker(waybill, { queues: ['mails'], drain: true }).run() // this one does nothing else
  // #endregion
  expect(await waybill.taskLog.stats()).toMatchObject({ completed: 1, enqueued: 3 })
  // #region strict
  const strict = new QueueDispatcher({
    taskLog,
    tasks: [convert, mail],
    queues: waybill.getQueues(),
    selector: new StrictPriorityStrategy(), // the heaviest first, the next only when it is empty
  })
  // #endregion
  await new LongRunningWorker(strict, { drain: true }).run()
  expect(await waybill.taskLog.stats()).toMatchObject({ completed: 4 })
})
