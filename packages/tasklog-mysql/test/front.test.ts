import { afterAll, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest'
import { Fronts, START } from '../src/front.ts'
import { createMysqlTaskLog, type MysqlTaskLog } from '../src/index.ts'
import { idOf, newEntry, tokenOf } from './both-logs.ts'
import { dropTables, freshPrefix } from './fresh-prefix.ts'

const uri = inject('mysqlUrl')
const prefix = freshPrefix()
let log: MysqlTaskLog

beforeAll(async () => {
  log = createMysqlTaskLog({ uri }, { prefix })
  await log.createContainer()
  await log.heartbeat({ worker: 'worker', leaseMs: 60_000, info: null, open: [] })
})

afterAll(async () => {
  await log.close()
  await dropTables(uri, prefix)
})

beforeEach(() => {
  vi.useRealTimers()
})

/** A block of tasks as a claim answers it. */
function block(first: number, priority = 0) {
  return Array.from({ length: 100 }, (_, index) => ({ priority, seq: first + index }))
}

test('claims of full blocks go on from where the last one ended, for a quarter of a second', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const fronts = new Fronts()
  expect(fronts.of('queue')).toBe(START)
  fronts.note('queue', START, block(1), 100, performance.now())
  expect(fronts.of('queue')).toEqual({ priority: 0, seq: 100 })
  vi.advanceTimersByTime(200)
  fronts.note('queue', fronts.of('queue'), block(7, 1), 100, performance.now())
  expect([fronts.of('queue'), fronts.of('other')]).toEqual([{ priority: 1, seq: 106 }, START])
  vi.advanceTimersByTime(50)
  expect(fronts.of('queue')).toBe(START)
})

test('a look from the start that took long is not taken again for ten times as long', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const [fronts, began] = [new Fronts(), performance.now()]
  vi.advanceTimersByTime(100)
  fronts.note('queue', START, block(1), 100, began)
  vi.advanceTimersByTime(999)
  expect(fronts.of('queue')).not.toBe(START)
  vi.advanceTimersByTime(1)
  expect(fronts.of('queue')).toBe(START)
})

test('a block that is not full, or small, is followed by a look from the start', () => {
  const fronts = new Fronts()
  fronts.note('queue', START, block(1), 100, performance.now())
  fronts.note('queue', fronts.of('queue'), block(101).slice(1), 100, performance.now())
  expect(fronts.of('queue')).toBe(START)
  fronts.note('queue', START, block(1).slice(0, 50), 50, performance.now())
  expect(fronts.of('queue')).toBe(START)
})

test('what becomes ready before that place is claimed when nothing is left behind it', async () => {
  await log.add(Array.from({ length: 200 }, (_, index) => newEntry(index)))
  const claim = (token: number) =>
    log.claim({ worker: 'worker', token: tokenOf(token), from: { queue: 'default' }, limit: 100 })
  const first = await claim(1)
  await log.add([newEntry(200, { priority: -1 })])
  const rest = [...(await claim(2)), ...(await claim(3)), ...(await claim(4))]
  expect(first).toHaveLength(100)
  expect(new Set([...first, ...rest].map(({ id }) => id)).size).toBe(201)
  expect(rest.map(({ id }) => id)).toContain(idOf(200))
})
