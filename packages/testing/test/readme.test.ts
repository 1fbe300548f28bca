import { defineTask, Report } from '@waybill/core'
import { createSimulation } from '@waybill/testing'
import { expect, it } from 'vitest'

it('time passes when told, as the README shows it', async () => {
  // #region usage
  const flaky = defineTask({
    name: 'flaky',
    run: (_: undefined, { attempt }) => {
      if (attempt === 1) throw new Error('not yet')
      return Report.success('at last')
    },
  })
  const simulation = createSimulation({ tasks: [flaky] })
  const { id } = await simulation.dispatcher.enqueue(flaky, undefined, { delay: '5m' })
  await simulation.runOne() // null: it is not due
  await simulation.drain({ untilEnded: '1h' }) // five minutes and a retry later, in no time
  const entry = await simulation.taskLog.getById(id)
  // #endregion
  expect(entry).toMatchObject({ status: 'completed', attempt: 2 })
})

it('a worker is killed, as the README shows it', async () => {
  const simulation = createSimulation({ tasks: [] })
  const slow = defineTask({
    name: 'slow',
    run: async () => {
      await world.sleep('10s')
      return Report.success('done')
    },
  })
  const world = createSimulation({ tasks: [slow] })
  // #region kill
  const { id } = await world.dispatcher.enqueue(slow, undefined)
  const first = world.startWorker()
  await world.until(() => first.worker.running === 1)
  first.kill()
  world.startWorker()
  await world.until(async () => (await world.taskLog.getStatus(id)) === 'completed')
  // #endregion
  expect(await world.taskLog.getById(id)).toMatchObject({ worker: 'worker-2' })
  expect(simulation.clock.monotonic()).toBe(0)
})
