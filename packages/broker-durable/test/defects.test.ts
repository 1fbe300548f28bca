import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createMemoryBroker, type MemoryBroker } from '@waybill/broker-memory'
import {
  type ClaimableTaskLogBroker,
  createToken,
  defineTask,
  LongRunningWorker,
  type Message,
  Report,
  StoreError,
} from '@waybill/core'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'
import { describe, expect, it, onTestFinished } from 'vitest'
import { drain, fixture, until } from './fixture.ts'

const runs: string[] = []
const task = defineTask({
  name: 'counted',
  run: (_: undefined, { id }) => {
    runs.push(id)
    return Report.success('ran')
  },
})

function overMemoryBroker(log: ClaimableTaskLogBroker = createMemoryTaskLog()) {
  const broker: MemoryBroker = createMemoryBroker()
  return { broker, ...fixture([task], { log, broker: () => broker }) }
}

const startsOf = (id: string): number => runs.filter((each) => each === id).length

describe('the defects of the original', () => {
  it('U1: a message whose task another worker holds neither blocks the queue nor is lost with that worker', async () => {
    const { log, dispatcher } = overMemoryBroker()
    const { id } = await dispatcher.enqueue(task, undefined)
    await log.heartbeat({ worker: 'other', leaseMs: 40, info: null, open: [] })
    await log.claim({ worker: 'other', token: createToken(), from: { ids: [id] }, limit: 1 })
    const next = await dispatcher.enqueue(task, undefined)
    const worker = new LongRunningWorker(dispatcher, { sweepMs: 10 })
    const running = worker.run()
    await dispatcher.taskLog.wait([id, next.id], { timeout: '5s' })
    worker.stop()
    await running
    expect([startsOf(id), startsOf(next.id)]).toEqual([1, 1])
  })

  it.each(['completed', 'cancelled', 'archived'])(
    'U2: a message that comes again for a task that is %s runs nothing and changes nothing',
    async (status) => {
      const { broker, log, dispatcher } = overMemoryBroker()
      const { id } = await dispatcher.enqueue(task, undefined)
      if (status === 'cancelled') await dispatcher.taskLog.cancel(id)
      else await drain(dispatcher)
      if (status === 'archived') await dispatcher.taskLog.archive(id)
      const before = await log.find([id])
      const started = startsOf(id)
      await broker.push('queue', [{ version: 1, id }])
      await drain(dispatcher)
      expect(await log.find([id])).toEqual(before)
      expect(before[0]?.status).toBe(status)
      expect(startsOf(id)).toBe(started)
    },
  )

  it('U3: a report that cannot be saved is tried again, and nothing is acknowledged before it is', async () => {
    const log = createMemoryTaskLog()
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
    broker.acknowledge = async () => {
      order.push('acknowledged')
    }
    const { id } = await dispatcher.enqueue(task, undefined)
    await drain(dispatcher)
    expect(await dispatcher.taskLog.getStatus(id)).toBe('completed')
    expect(order).toEqual(['saved', 'acknowledged'])
    expect(startsOf(id)).toBe(1)
  })

  it('U8: a message nobody can read is told of, and no entry stays queued because of it', async () => {
    const told: unknown[] = []
    const listener = (message: unknown): void => void told.push(message)
    subscribe('waybill:broker:quarantined', listener)
    onTestFinished(() => void unsubscribe('waybill:broker:quarantined', listener))
    const { broker, dispatcher } = overMemoryBroker()
    const { id } = await dispatcher.enqueue(task, undefined)
    await broker.pop('queue', 1)
    const garbage = ['not json', null, { version: 2, id }, { version: 1, id: '../etc' }, 7]
    await broker.push('queue', garbage as unknown as Message[])
    const worker = new LongRunningWorker(dispatcher)
    const running = worker.run()
    await until(async () => (await broker.count('queue')) === 0, 'the messages to be taken')
    worker.stop()
    await running
    expect(told).toHaveLength(garbage.length)
    await drain(dispatcher)
    const last = new LongRunningWorker(dispatcher)
    const ended = last.run()
    await dispatcher.taskLog.wait([id], { timeout: '8s' })
    last.stop()
    await ended
    expect(startsOf(id)).toBe(1)
  })
})
