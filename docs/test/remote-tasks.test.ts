import { AbstractTask, defineTask, Report, type TaskContext } from '@waybill/core'
import { createSimulation } from '@waybill/testing'
import { expect, it } from 'vitest'

/** A transcoding service somewhere else, which needs three looks to be done. */
const service = {
  looks: 0,
  started: new Set<string>(),
  async start(video: string, key: string) {
    this.started.add(`${video} ${key}`)
  },
  async status(_key: string) {
    this.looks += 1
    return this.looks < 3 ? ('in_progress' as const) : ('completed' as const)
  },
}

it('follows a task elsewhere until it has ended', async () => {
  // #region define
  const transcode = defineTask<{ video: string }>({
    name: 'video.transcode',
    async run({ video }, { id }) {
      await service.start(video, id) // runs each time, so it must bear being called again
      return Report.success(`${video} is being transcoded`)
    },
    remote: { status: (_input, { id }) => service.status(id), interval: '30s' },
  })
  // #endregion
  const simulation = createSimulation({ tasks: [transcode] })
  const { id } = await simulation.dispatcher.enqueue(transcode, { video: 'cat.mov' })
  await simulation.drain()
  expect(await simulation.taskLog.getById(id)).toMatchObject({
    status: 'enqueued',
    reason: 'remote_pending',
    attempt: 0,
  })
  await simulation.drain({ untilEnded: '10m' })
  expect(await simulation.taskLog.getById(id)).toMatchObject({ status: 'completed', attempt: 1 })
  expect(simulation.clock.monotonic()).toBeGreaterThanOrEqual(60_000)
  expect(service.started.size).toBe(1)
})

it('follows it from a class, too', async () => {
  service.looks = 0
  // #region class
  class Transcode extends AbstractTask<{ video: string }> {
    static override readonly taskName = 'video.transcode'

    async run({ id }: TaskContext) {
      await service.start(this.getParameter('video'), id)
      return Report.success('started')
    }

    override remoteStatus({ id }: TaskContext) {
      return service.status(id)
    }
  }
  // #endregion
  const simulation = createSimulation({ tasks: [Transcode] })
  const task = new Transcode({ video: 'dog.mov' })
  await simulation.dispatcher.enqueue(task)
  await simulation.drain({ untilEnded: '10m' })
  expect(await simulation.taskLog.getStatus(String(task.id))).toBe('completed')
})
