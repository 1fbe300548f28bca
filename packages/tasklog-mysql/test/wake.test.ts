import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import mysql from 'mysql2/promise'
import { afterAll, afterEach, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { createMysqlTaskLog, type MysqlTaskLog } from '../src/index.ts'
import { idOf, newEntry, tokenOf } from './both-logs.ts'
import { dropTables, freshPrefix } from './fresh-prefix.ts'

const uri = inject('mysqlUrl')
const prefix = freshPrefix()
let log: MysqlTaskLog
/** Another process would have a log of its own. */
let other: MysqlTaskLog
let entries = 0

beforeAll(async () => {
  log = createMysqlTaskLog({ uri }, { prefix })
  other = createMysqlTaskLog({ uri }, { prefix })
  await log.createContainer()
})

afterAll(async () => {
  await log.close()
  await other.close()
  await dropTables(uri, prefix)
})

afterEach(() => {
  entries += 10
})

/** Counts the wakes of a queue that is listened to. */
function listen(queue: string): { readonly wakes: number } {
  const counted = { wakes: 0 }
  onTestFinished(
    log.onWake(queue, () => {
      counted.wakes += 1
    }),
  )
  return counted
}

test('who listens is woken when a task is added by the same log, before the call is answered', async () => {
  const [mine, another] = [listen('mine'), listen('another')]
  await log.add([newEntry(entries, { queue: 'mine' })])
  expect(mine.wakes).toBeGreaterThan(0)
  expect(another.wakes).toBe(0)
})

test('who listens is woken when a task is added elsewhere', async () => {
  const queue = listen('elsewhere')
  await other.add([newEntry(entries, { queue: 'elsewhere' })])
  await expect.poll(() => queue.wakes).toBeGreaterThan(0)
})

test('who listens is woken by a task of a caller’s transaction once that has committed', async () => {
  const connection = await mysql.createConnection(uri)
  const queue = listen('caller')
  await connection.beginTransaction()
  await log.add([newEntry(entries, { queue: 'caller' })], { transaction: connection })
  expect(queue.wakes).toBe(0)
  await connection.commit()
  await connection.end()
  await expect.poll(() => queue.wakes).toBeGreaterThan(0)
})

test('a task that stays first in line wakes once, not again and again', async () => {
  await log.setQueue('paused', { paused: true })
  const queue = listen('paused')
  const moving = listen('moving')
  await other.add([newEntry(entries, { queue: 'paused' })])
  await expect.poll(() => queue.wakes).toBe(1)
  for (let turn = 1; turn <= 3; turn += 1) {
    await other.add([newEntry(entries + turn, { queue: 'moving', priority: -turn })])
    await expect.poll(() => moving.wakes).toBe(turn)
  }
  expect(queue.wakes).toBe(1)
})

test('who listens no more is not woken', async () => {
  let wakes = 0
  log.onWake('left', () => {
    wakes += 1
  })()
  await log.add([newEntry(entries, { queue: 'left' })])
  expect(wakes).toBe(0)
})

/** What a worker thread of core does: all it knows is the module and its options. */
const THREAD = `
const { workerData } = require('node:worker_threads')
import(workerData.pulse.module).then(async ({ beat }) => {
  const connection = await beat(workerData.pulse.options)
  await connection.renew('pulsed', 60000)
  await connection.renew('dead', 60000)
  await connection.renew('unknown', 60000)
  await connection.close()
})`

test.each([
  ['a log of its own', () => createMysqlTaskLog({ uri }, { prefix })],
  ['a pool of yours', () => createMysqlTaskLog({ pool: poolOfYours() }, { prefix })],
])('a thread renews a lease that lives, and revives none: %s', async (_, open) => {
  const mine = open()
  onTestFinished(() => mine.close())
  expect(mine.pulse).not.toBeNull()
  await mine.heartbeat({ worker: 'pulsed', leaseMs: 10_000, info: null, open: [] })
  await mine.heartbeat({ worker: 'dead', leaseMs: 0, info: null, open: [] })
  const before = await mine.workerStates()
  const thread = new Worker(THREAD, { eval: true, workerData: { pulse: mine.pulse } })
  const [code] = await once(thread, 'exit')
  expect(code).toBe(0)
  const after = await mine.workerStates()
  const leaseOf = (states: typeof before, name: string): number | undefined =>
    states.find(({ worker }) => worker === name)?.leaseUntil
  expect(leaseOf(after, 'pulsed')).toBeGreaterThan((leaseOf(before, 'pulsed') ?? 0) + 30_000)
  expect(leaseOf(after, 'dead')).toBe(leaseOf(before, 'dead'))
  expect(leaseOf(after, 'unknown')).toBeUndefined()
  await mine.retire('dead')
})

function poolOfYours(): mysql.Pool {
  const pool = mysql.createPool(uri)
  onTestFinished(() => pool.end())
  return pool
}

test('many who claim at once get tasks of their own, and none has to wait for another', async () => {
  await log.add(Array.from({ length: 100 }, (_, index) => newEntry(1_000 + index, { queue: 'shared' })))
  const holder = await mysql.createConnection(uri)
  await holder.query('SET TRANSACTION ISOLATION LEVEL READ COMMITTED')
  await holder.beginTransaction()
  await holder.query(
    `SELECT seq FROM \`${prefix}tasks\` FORCE INDEX (tasks_stage) WHERE stage = 'ready' AND queue = 'shared'
     ORDER BY priority, seq LIMIT 10 FOR UPDATE SKIP LOCKED`,
  )
  const claims = await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const worker = `claimer-${index}`
      await log.heartbeat({ worker, leaseMs: 60_000, info: null, open: [] })
      return log.claim({ worker, token: tokenOf(index + 1), from: { queue: 'shared' }, limit: 10 })
    }),
  )
  await holder.rollback()
  await holder.end()
  expect(claims.map((some) => some.length)).toEqual(Array(8).fill(10))
  const ids = claims.flat().map(({ id }) => id)
  expect(new Set(ids).size).toBe(80)
  expect(ids).not.toContain(idOf(1_000))
})
