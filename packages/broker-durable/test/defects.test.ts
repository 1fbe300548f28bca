import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createMemoryBroker, type MemoryBroker } from '@waybill/broker-memory'
import {
  type ClaimableTaskLogBroker,
  createToken,
  type Delivery,
  defineTask,
  LongRunningWorker,
  type LongRunningWorkerOptions,
  type Message,
  Queue,
  type QueueDispatcher,
  Report,
  StoreError,
  type TaskContext,
  TaskLogFilter,
} from '@waybill/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createDurableBroker } from '../src/index.ts'
import { drain, type Fixture, fixture, until } from './fixture.ts'
import { freshLog } from './fresh-log.ts'
import { DATABASES } from './open-log.ts'

const runs: string[] = []
const task = defineTask({
  name: 'counted',
  run: (_: undefined, { id }) => {
    runs.push(id)
    return Report.success('ran')
  },
})

/** What runs in this process is not killed: nobody has to vouch for it. */
const ALIVE = { leaseMs: 60_000, beatMs: 20, sweepMs: 10, stallMs: 0 }

const startsOf = (id: string): number => runs.filter((each) => each === id).length

/** Messages that carry ids, as the original has them. */
function overMemoryBroker(log: ClaimableTaskLogBroker): Fixture & { readonly broker: MemoryBroker } {
  const broker = createMemoryBroker()
  return { broker, ...fixture([task], { log, broker: () => broker }) }
}

/** A task that ends when it is told to. */
function gate(name: string) {
  const opened = Promise.withResolvers<void>()
  const started = Promise.withResolvers<void>()
  const gated = defineTask({
    name,
    run: async (_: undefined, context: TaskContext) => {
      if (name === 'parent') await context.enqueueChild(task, undefined)
      started.resolve()
      await opened.promise
      return Report.success('through the gate')
    },
  })
  return { task: gated, started: started.promise, open: () => opened.resolve() }
}

/** Runs a worker beside the test; answers a function that stops it. */
function work(dispatcher: QueueDispatcher, options: LongRunningWorkerOptions = {}): () => Promise<void> {
  const worker = new LongRunningWorker(dispatcher, { ...ALIVE, ...options })
  const running = worker.run()
  return async () => {
    worker.stop()
    await running
  }
}

describe.each(DATABASES)('the defects of the original, on %s', (database) => {
  it('U1: a message whose task another worker holds neither blocks the queue nor is lost with that worker', async () => {
    const { log } = await freshLog(database)
    const { dispatcher } = overMemoryBroker(log)
    const { id } = await dispatcher.enqueue(task, undefined)
    await log.heartbeat({ worker: 'other', leaseMs: 500, info: null, open: [] })
    await log.claim({ worker: 'other', token: createToken(), from: { ids: [id] }, limit: 1 })
    const next = await dispatcher.enqueue(task, undefined)
    const stop = work(dispatcher)
    await dispatcher.taskLog.wait([id, next.id])
    await stop()
    expect([startsOf(id), startsOf(next.id)]).toEqual([1, 1])
  })

  it.each(['completed', 'cancelled', 'archived'])(
    'U2: a message that comes again for a task that is %s runs nothing and changes nothing',
    async (status) => {
      const { log } = await freshLog(database)
      const { broker, dispatcher } = overMemoryBroker(log)
      const { id } = await dispatcher.enqueue(task, undefined)
      if (status === 'cancelled') await dispatcher.taskLog.cancel(id)
      else await drain(dispatcher, ALIVE)
      if (status === 'archived') await dispatcher.taskLog.archive(id)
      const before = await log.find([id])
      const started = startsOf(id)
      await broker.push('queue', [{ version: 1, id }])
      await drain(dispatcher, ALIVE)
      expect(await broker.count('queue')).toBe(0)
      expect(await log.find([id])).toEqual(before)
      expect(before[0]?.status).toBe(status)
      expect(startsOf(id)).toBe(started)
    },
  )

  it('U3: a report that cannot be saved is tried again, and nothing is acknowledged before it is', async () => {
    const { log } = await freshLog(database)
    let faults = 3
    const order: string[] = []
    const settle = log.settle.bind(log)
    log.settle = async (settlements) => {
      faults -= 1
      if (faults >= 0) throw new StoreError('store_unavailable', 'away', { retryable: true })
      const answers = await settle(settlements)
      order.push('saved')
      return answers
    }
    const { broker, dispatcher } = overMemoryBroker(log)
    // The same id may be pushed once more meanwhile: that message leads to nothing and is acknowledged at once.
    const popped: Delivery[] = []
    const pop = broker.pop.bind(broker)
    broker.pop = async (...asked) => {
      const deliveries = await pop(...asked)
      popped.push(...deliveries)
      return deliveries
    }
    broker.acknowledge = async (...asked: unknown[]) => {
      const [deliveries] = asked as [readonly unknown[]]
      if (deliveries.includes(popped[0])) order.push('acknowledged')
    }
    const { id } = await dispatcher.enqueue(task, undefined)
    await drain(dispatcher, ALIVE)
    expect(await dispatcher.taskLog.getStatus(id)).toBe('completed')
    expect(order).toEqual(['saved', 'acknowledged'])
    expect(startsOf(id)).toBe(1)
  })

  it('U4: a task that cannot be added is refused, and no message is sent for it', async () => {
    const { log } = await freshLog(database)
    const { broker, dispatcher } = overMemoryBroker(log)
    const { add } = log
    log.add = async () => {
      throw new StoreError('store_unavailable', 'away', { retryable: true })
    }
    await expect(dispatcher.enqueue(task, undefined)).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(await broker.count('queue')).toBe(0)
    log.add = add
    expect(await log.count({ kind: 'and', nodes: [] })).toBe(0)
  })

  it('U5: a parent that ends after its children is closed by its own end', async () => {
    const { log } = await freshLog(database)
    const parent = gate('parent')
    const { dispatcher } = fixture([parent.task, task], { log })
    const { id } = await dispatcher.enqueue(parent.task, undefined)
    const stop = work(dispatcher)
    const child = { kind: 'column', column: 'parentId', operator: 'eq', value: id } as const
    await until(async () => (await log.stats(child)).completed === 1, 'the child to end')
    parent.open()
    await dispatcher.taskLog.wait([id])
    await stop()
    expect(await dispatcher.taskLog.getById(id)).toMatchObject({ status: 'completed', reason: null })
  })

  it.each(['cancelled', 'archived'])(
    'U6: a child that is %s does not keep its parent open',
    async (status) => {
      const { log } = await freshLog(database)
      const parent = defineTask({
        name: 'parent',
        run: async (_: undefined, { enqueueChild }) => {
          await enqueueChild(task, undefined, { delay: '1h' })
          return Report.success('parent')
        },
      })
      const { dispatcher } = fixture([parent, task], { log })
      const { id } = await dispatcher.enqueue(parent, undefined)
      await drain(dispatcher, ALIVE)
      expect(await dispatcher.taskLog.getStatus(id)).toBe('child_running')
      const { items } = await dispatcher.taskLog.search(new TaskLogFilter().eq('parentId', id))
      if (status === 'cancelled') await dispatcher.taskLog.cancelCollection(items)
      else await dispatcher.taskLog.archiveCollection(items, { force: true })
      expect(await dispatcher.taskLog.getStatus(id)).toBe('completed')
    },
  )

  it('U7: a task that has started is not cancelled behind its back, and its report overwrites no cancel', async () => {
    const { log } = await freshLog(database)
    const [asked, forced] = [gate('asked'), gate('forced')]
    const { dispatcher } = fixture([asked.task, forced.task], { log })
    const [first, second] = [
      await dispatcher.enqueue(asked.task, undefined),
      await dispatcher.enqueue(forced.task, undefined),
    ]
    const stop = work(dispatcher, { leaseMs: 60_000, beatMs: 60_000 })
    await Promise.all([asked.started, forced.started])
    expect(await dispatcher.taskLog.cancel(first.id)).toBe('requested')
    expect(['dequeued', 'running']).toContain(await dispatcher.taskLog.getStatus(first.id))
    expect(await dispatcher.taskLog.cancel(second.id, { force: true })).toBe('cancelled')
    asked.open()
    forced.open()
    await stop()
    // The first was through before its worker heard of the cancel; nothing of the second's is written any more.
    expect(await dispatcher.taskLog.getById(first.id)).toMatchObject({ status: 'completed' })
    expect(await dispatcher.taskLog.getById(second.id)).toMatchObject({ status: 'cancelled', report: null })
  })

  it('U8: a message nobody can read is told of, and no entry stays queued because of it', async () => {
    const told: unknown[] = []
    const listener = (message: unknown): void => void told.push(message)
    subscribe('waybill:broker:quarantined', listener)
    onTestFinished(() => void unsubscribe('waybill:broker:quarantined', listener))
    const { broker, dispatcher } = overMemoryBroker((await freshLog(database)).log)
    const { id } = await dispatcher.enqueue(task, undefined)
    await broker.pop('queue', 1)
    const garbage = ['not json', null, { version: 2, id }, { version: 1, id: '../etc' }, 7]
    await broker.push('queue', garbage as unknown as Message[])
    const stop = work(dispatcher)
    await until(async () => (await broker.count('queue')) === 0, 'the messages to be taken')
    await stop()
    expect(told).toHaveLength(garbage.length)
    await drain(dispatcher, ALIVE)
    const stopLast = work(dispatcher)
    await dispatcher.taskLog.wait([id])
    await stopLast()
    expect(startsOf(id)).toBe(1)
  })

  it.each([[[1, 1_000, 0]], [[0, 0, 0]]])(
    'U12: a worker finds the queue that has work, with the weights %j',
    async (weights) => {
      const { log } = await freshLog(database)
      const broker = createDurableBroker(log)
      const queues = weights.map((weight, index) => new Queue(`q${index}`, broker, { weight }))
      const { dispatcher } = fixture([task], { log, queues })
      for (const { name: queue } of queues) {
        await dispatcher.enqueue(task, undefined, { queue })
        // It stops as soon as it finds nothing.
        expect(await drain(dispatcher, ALIVE)).toMatchObject({ tasks: 1 })
      }
    },
  )
})
