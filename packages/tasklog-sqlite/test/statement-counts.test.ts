import { createDurableBroker } from '@waybill/broker-durable'
import { defineTask, LongRunningWorker, Queue, QueueDispatcher } from '@waybill/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSqliteTaskLog, type SqliteTaskLog } from '../src/index.ts'
import { idOf, newEntry, tokenOf } from './both-logs.ts'
import { FaultyDatabase } from './faulty-database.ts'

// Statements cost no round trip here; what costs is a commit.

const faulty = {
  database: new FaultyDatabase(),
  seen: [] as string[],
  fail(fault: () => null): void {
    this.seen = []
    this.database.fail((sql) => {
      if (sql === 'COMMIT') this.seen.push(sql)
      return fault()
    })
  },
}
let log: SqliteTaskLog

beforeAll(async () => {
  log = createSqliteTaskLog({ database: faulty.database })
  await log.createContainer()
  await log.now()
})

afterAll(async () => {
  await log.close()
  faulty.database.close()
})

const task = defineTask({ name: 'noop', run: async (_: number) => {} })

/** The commits that were run meanwhile. */
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

test('a thousand tasks are added with one commit', async () => {
  const entries = Array.from({ length: 1_000 }, (_, index) => newEntry(index, { queue: 'bulk' }))
  expect(await during(() => log.add(entries))).toHaveLength(1)
})

test('sixteen tasks that are enqueued at once are added with one commit', async () => {
  const waybill = dispatcher('singly')
  const commits = await during(() =>
    Promise.all(Array.from({ length: 16 }, (_, index) => waybill.enqueue(task, index))),
  )
  expect(commits).toHaveLength(1)
})

test('a block of 500 is claimed with one commit and settled with one', async () => {
  const [worker, token] = ['worker', tokenOf(1)]
  await log.heartbeat({ worker, leaseMs: 60_000, info: null, open: [] })
  await log.add(Array.from({ length: 500 }, (_, index) => newEntry(2_000 + index, { queue: 'block' })))
  const request = { worker, token, from: { queue: 'block' }, limit: 500 }
  expect(await during(() => log.claim(request))).toHaveLength(1)
  const ended = { token, to: 'completed', delayMs: 0, reason: null, report: '{}', progress: null } as const
  const settlements = Array.from({ length: 500 }, (_, index) => ({
    ...ended,
    id: idOf(2_000 + index),
    startedAgoMs: index,
  }))
  expect(await during(() => log.settle(settlements))).toHaveLength(1)
})

test('a worker drains a queue with less than a commit for five tasks', async () => {
  const waybill = dispatcher('drain')
  await waybill.enqueueMany(Array.from({ length: 2_000 }, (_, input) => ({ task, input })))
  const worker = new LongRunningWorker(waybill, { drain: true })
  const commits = await during(() => worker.run())
  expect(await log.stats({ kind: 'column', column: 'queue', operator: 'eq', value: 'drain' })).toMatchObject({
    completed: 2_000,
  })
  expect(commits.length).toBeLessThan(400)
})
