import { defineTask, LongRunningWorker, Report, type TaskContext } from '@waybill/core'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'
import { expect, it } from 'vitest'
import { drain, fixture, until } from './fixture.ts'

it('an attempt goes on from the checkpoint of the one before', async () => {
  const found: unknown[] = []
  const task = defineTask({
    name: 'counts',
    retry: { backoff: { baseMs: 0 } },
    run: async (_: undefined, context: TaskContext) => {
      found.push(context.lastCheckpoint)
      await context.checkpoint({ at: context.attempt })
      context.progress(context.attempt, 3)
      if (context.attempt < 3) throw new Error('not yet')
      return Report.success('done')
    },
  })
  const { dispatcher } = fixture([task])
  const { id } = await dispatcher.enqueue(task, undefined)
  await drain(dispatcher)
  expect(found).toEqual([null, { at: 1 }, { at: 2 }])
  const { progress } = await dispatcher.taskLog.getById(id)
  expect(progress).toEqual({ done: 3, total: 3, message: null, checkpoint: { at: 3 } })
})

it('a checkpoint is in the log when it resolves, and keeps what was said of the progress', async () => {
  const seen: unknown[] = []
  const { dispatcher } = fixture([])
  const task = defineTask({
    name: 'looks',
    run: async (_: undefined, context: TaskContext) => {
      context.progress(1, 2, 'half')
      await context.checkpoint('here')
      seen.push((await dispatcher.taskLog.getById(context.id)).progress)
      await Promise.all([context.heartbeat(), context.checkpoint('there')])
      seen.push((await dispatcher.taskLog.getById(context.id)).progress)
    },
  })
  dispatcher.tasks.register(task)
  await dispatcher.enqueue(task, undefined)
  await drain(dispatcher)
  const said = { done: 1, total: 2, message: 'half' }
  expect(seen).toEqual([
    { ...said, checkpoint: 'here' },
    { ...said, checkpoint: 'there' },
  ])
})

it("a zombie's checkpoint is refused", async () => {
  const gate = Promise.withResolvers<void>()
  const refused: unknown[] = []
  const task = defineTask({
    name: 'stalls',
    run: async (_: undefined, context: TaskContext) => {
      await gate.promise
      await context.checkpoint('mine').catch((error: unknown) => refused.push(error))
    },
  })
  const { dispatcher } = fixture([task])
  const { id } = await dispatcher.enqueue(task, undefined)
  const worker = new LongRunningWorker(dispatcher, { sweepMs: 10 })
  const running = worker.run()
  await until(() => worker.running === 1, 'the task to run')
  await dispatcher.taskLog.cancel(id, { force: true })
  gate.resolve()
  await until(() => refused.length === 1, 'the checkpoint to be refused')
  expect(refused).toEqual([expect.objectContaining({ reason: 'lease_lost' })])
  expect((await dispatcher.taskLog.getById(id)).progress).toBeNull()
  worker.stop()
  await running
})

it('of several siblings that add the same one, one does, and the parent waits for it', async () => {
  const ran: string[] = []
  const last = defineTask({ name: 'last', run: () => void ran.push('last') })
  const child = defineTask({
    name: 'child',
    run: async (n: number, context: TaskContext) => {
      await context.enqueueSibling(last, undefined, { key: 'last' })
      ran.push(`child ${n}`)
    },
  })
  const parent = defineTask({
    name: 'parent',
    run: async (_: undefined, context: TaskContext) => {
      for (const n of [1, 2, 3]) await context.enqueueChild(child, n)
    },
  })
  const { dispatcher } = fixture([parent, child, last])
  const { id } = await dispatcher.enqueue(parent, undefined)
  await drain(dispatcher)
  expect(ran.sort()).toEqual(['child 1', 'child 2', 'child 3', 'last'])
  expect((await dispatcher.taskLog.getById(id)).status).toBe('completed')
})

it('a task without a parent has no siblings', async () => {
  const other = defineTask({ name: 'other', run: () => {} })
  const task = defineTask({
    name: 'lonely',
    retry: { attempts: 1 },
    run: (_: undefined, context: TaskContext) => context.enqueueSibling(other, undefined, { key: 'one' }),
  })
  const { dispatcher } = fixture([task, other])
  const { id } = await dispatcher.enqueue(task, undefined)
  await drain(dispatcher)
  expect((await dispatcher.taskLog.getById(id)).report?.message).toMatch(/no parent/)
})

it('a checkpoint of a task that its worker has left behind is refused, and beats no more', async () => {
  const refused: unknown[] = []
  let beats = 0
  const task = defineTask({
    name: 'deaf',
    timeout: '20ms',
    retry: { attempts: 1 },
    run: async (_: undefined, { checkpoint }) => {
      await new Promise((resolve) => setTimeout(resolve, 200))
      const before = beats
      await checkpoint('too late').catch((error: unknown) => refused.push(error))
      expect(beats - before).toBeLessThan(2)
    },
  })
  const log = createMemoryTaskLog()
  const heartbeat = log.heartbeat.bind(log)
  log.heartbeat = async (beat) => {
    beats += 1
    if (beats > 50) throw new Error('it never ends')
    return heartbeat(beat)
  }
  const { dispatcher } = fixture([task], { log })
  await dispatcher.enqueue(task, undefined)
  await drain(dispatcher, { abandonMs: 20 })
  await until(() => refused.length === 1, 'the refusal')
  expect(refused).toMatchObject([{ code: 'aborted' }])
})
