import { defineTask, Report } from '@waybill/core'
import { createSimulation } from '@waybill/testing'
import { expect, it } from 'vitest'

it('a worker that has left leaves no timer behind, which would keep its process alive', async () => {
  const slow = defineTask({
    name: 'slow',
    timeout: '5m',
    async run(_: undefined, { signal }) {
      await simulation.sleep('1h', signal)
      return Report.success('done')
    },
  })
  const simulation = createSimulation({ tasks: [slow] })
  const { id } = await simulation.dispatcher.enqueue(slow, undefined)
  const { worker, finished } = simulation.startWorker()
  await simulation.until(() => worker.running === 1)
  worker.abort()
  await simulation.until(() => worker.state === 'stopped')
  await finished
  expect(await simulation.taskLog.getById(id)).toMatchObject({ status: 'enqueued', reason: 'shutdown' })
  expect(simulation.clock.nextTimerMs).toBeNull()
})
