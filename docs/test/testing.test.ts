import { createMemoryBroker } from '@waybill/broker-memory'
import { defineTask, Queue, QueueDispatcher, Report, TaskLogFilter } from '@waybill/core'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'
// #region imports
import { createSimulation } from '@waybill/testing'
import { expect, it } from 'vitest'
// #endregion
import { inMemory } from './in-memory.ts'

const sent: string[] = []

// #region task
const remind = defineTask<{ user: string }>({
  name: 'user.remind',
  run({ user }, { attempt }) {
    if (attempt === 1) throw new Error('the mail server is busy')
    sent.push(user)
    return Report.success(`${user} was reminded`)
  },
})
// #endregion

// #region time
it('reminds a user after an hour, and tries again', async () => {
  const simulation = createSimulation({ tasks: [remind] })
  const { id } = await simulation.dispatcher.enqueue(remind, { user: 'ada' }, { delay: '1h' })

  await simulation.advance('50m')
  expect(await simulation.runOne()).toBeNull() // not due yet

  await simulation.drain({ untilEnded: '1h' })
  expect(await simulation.taskLog.getById(id)).toMatchObject({ status: 'completed', attempt: 2 })
})
// #endregion

it('a worker that dies in the middle', async () => {
  // #region kill
  const charge = defineTask({
    name: 'card.charge',
    async run() {
      charged += 1
      await simulation.sleep('10s') // a worker that dies from here on has charged already
      return Report.success('charged')
    },
  })
  let charged = 0
  const simulation = createSimulation({ tasks: [charge] })
  const { id } = await simulation.dispatcher.enqueue(charge, undefined)
  const first = simulation.startWorker()
  await simulation.until(() => first.worker.running === 1)
  first.kill() // as SIGKILL; freeze() and thaw() as SIGSTOP and SIGCONT
  simulation.startWorker()
  await simulation.until(async () => (await simulation.taskLog.getStatus(id)) === 'completed')
  expect(charged).toBe(2) // at least once: give the bank a key
  // #endregion
})

it('what the application enqueues', async () => {
  const { waybill } = inMemory(remind)
  const signUp = async (user: string) => void (await waybill.enqueue(remind, { user }, { delay: '1h' }))
  // #region enqueued
  await signUp('ada')
  const waiting = await waybill.taskLog.search(new TaskLogFilter().eq('taskName', 'user.remind'))
  expect(waiting.items.map(({ parameters }) => parameters)).toEqual([{ user: 'ada' }])
  // #endregion
})

it('a queue that runs tasks while they are enqueued', async () => {
  // #region sync
  const queues = [new Queue('default', createMemoryBroker({ sync: true }))]
  const waybill = new QueueDispatcher({ queues, taskLog: createMemoryTaskLog(), tasks: [remind] })
  const { id } = await waybill.enqueue(remind, { user: 'ada' }) // has run when this resolves
  expect((await waybill.taskLog.getReport(id))?.message).toBe('ada was reminded')
  // #endregion
})
