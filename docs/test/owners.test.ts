import { AsyncLocalStorage } from 'node:async_hooks'
import { createDurableBroker } from '@waybill/broker-durable'
import {
  currentTask,
  defineTask,
  LongRunningWorker,
  Queue,
  QueueDispatcher,
  Report,
  TaskLogFilter,
  WaybillError,
} from '@waybill/core'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'
import { expect, it } from 'vitest'

it('the owner comes from the session, and goes into the session of the task', async () => {
  const log = createMemoryTaskLog()
  const queues = [new Queue('default', createDurableBroker(log))]
  const whoami = defineTask({
    name: 'whoami',
    run: () => Report.success(`${session.getStore()?.user} ${currentTask()?.owner}`),
  })
  // #region session
  const session = new AsyncLocalStorage<{ user: string }>()
  const waybill = new QueueDispatcher({
    queues,
    taskLog: log,
    tasks: [whoami],
    owner: () => session.getStore()?.user ?? 'system', // asked at every enqueue
  })
  const worker = new LongRunningWorker(waybill, {
    drain: true,
    // Each run gets the session of whoever asked for it.
    around: [({ owner }, next) => session.run({ user: owner }, next)],
  })
  // #endregion
  const { id } = await session.run({ user: 'ada' }, () => waybill.enqueue(whoami, undefined))
  await worker.run()
  expect((await waybill.taskLog.getReport(id))?.message).toBe('ada ada')

  // #region view
  const mine = waybill.taskLog.forUser('ada')
  await mine.search(new TaskLogFilter().eq('status', 'completed'))
  await mine.getStats() // { completed, failed, inProgress }
  await mine.archive(id)
  // #endregion
  const theirs = waybill.taskLog.forUser('bob')
  // #region stranger
  await theirs.getStatus(id) // 'unknown'
  await theirs.cancel(id).catch((error: unknown) => WaybillError.isInstance(error, 'not_found')) // true
  // #endregion
  expect(await theirs.getStatus(id)).toBe('unknown')
  await expect(theirs.cancel(id)).rejects.toMatchObject({ code: 'not_found' })
  expect(await mine.getStatus(id)).toBe('archived')
})
