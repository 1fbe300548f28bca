import { createDurableBroker } from '@waybill/broker-durable'
import { defineTask, LongRunningWorker, Queue, QueueDispatcher } from '@waybill/core'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createMysqlTaskLog, type MysqlTaskLog } from '../src/index.ts'
import { idOf, newEntry, tokenOf } from './both-logs.ts'
import { type FaultyPool, faultyPool } from './faulty-pool.ts'
import { dropTables, freshPrefix } from './fresh-prefix.ts'

const uri = inject('mysqlUrl')
const prefix = freshPrefix()
let faulty: FaultyPool
let log: MysqlTaskLog

beforeAll(async () => {
  faulty = faultyPool({ uri })
  log = createMysqlTaskLog({ pool: faulty.pool }, { prefix })
  await log.createContainer()
  await log.now()
})

afterAll(async () => {
  await log.close()
  await faulty.end()
  await dropTables(uri, prefix)
})

const task = defineTask({ name: 'noop', run: async (_: number) => {} })

/** The statements that were run meanwhile. */
async function during(work: () => Promise<unknown>): Promise<readonly string[]> {
  faulty.fail(() => null)
  await work()
  return faulty.seen
}

function dispatcher(queue: string): QueueDispatcher {
  return new QueueDispatcher({
    taskLog: log,
    queues: [new Queue(queue, createDurableBroker(log))],
    tasks: [task],
  })
}

test('a thousand tasks are added with one statement', async () => {
  const entries = Array.from({ length: 1_000 }, (_, index) => newEntry(index, { queue: 'bulk' }))
  expect(await during(() => log.add(entries))).toHaveLength(1)
})

test('sixteen tasks that are enqueued at once are added with one statement', async () => {
  const waybill = dispatcher('singly')
  const statements = await during(() =>
    Promise.all(Array.from({ length: 16 }, (_, index) => waybill.enqueue(task, index))),
  )
  expect(statements).toHaveLength(1)
})

test('a block of 500 is claimed with five statements, transaction and all, and settled with one', async () => {
  const [worker, token] = ['worker', tokenOf(1)]
  await log.heartbeat({ worker, leaseMs: 60_000, info: null, open: [] })
  await log.add(Array.from({ length: 500 }, (_, index) => newEntry(2_000 + index, { queue: 'block' })))
  const request = { worker, token, from: { queue: 'block' }, limit: 500 }

  expect(await during(() => log.claim(request))).toHaveLength(5)
  const ended = { token, to: 'completed', delayMs: 0, reason: null, report: '{}', progress: null } as const
  const settlements = Array.from({ length: 500 }, (_, index) => ({
    ...ended,
    id: idOf(2_000 + index),
    startedAgoMs: index,
  }))
  expect(await during(() => log.settle(settlements))).toHaveLength(1)
})

test('a worker drains a queue with less than a statement for five tasks', async () => {
  const waybill = dispatcher('drain')
  await waybill.enqueueMany(Array.from({ length: 2_000 }, (_, input) => ({ task, input })))
  const worker = new LongRunningWorker(waybill, { drain: true })
  const statements = await during(() => worker.run())
  expect(await log.stats({ kind: 'column', column: 'queue', operator: 'eq', value: 'drain' })).toMatchObject({
    completed: 2_000,
  })
  expect(statements.length).toBeLessThan(400)
})
