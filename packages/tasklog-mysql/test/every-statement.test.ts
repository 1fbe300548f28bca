import { type TaskLogRecord, WaybillError } from '@waybill/core'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createMysqlTaskLog, type MysqlTaskLog } from '../src/index.ts'
import { idOf, newEntry, tokenOf } from './both-logs.ts'
import { type FaultyPool, faultyPool, type StatementFault } from './faulty-pool.ts'
import { dropTables, freshPrefix } from './fresh-prefix.ts'

const uri = inject('mysqlUrl')
const prefix = freshPrefix()
let faulty: FaultyPool
let log: MysqlTaskLog
let lives = 0

beforeAll(async () => {
  faulty = faultyPool({ uri, connectionLimit: 2 })
  log = createMysqlTaskLog({ pool: faulty.pool }, { prefix })
  await log.createContainer()
})

afterAll(async () => {
  await log.close()
  await faulty.end()
  await dropTables(uri, prefix)
})

/** The life of a family in a queue of its own; answers what is in it at the end. */
async function liveThrough(): Promise<readonly unknown[]> {
  lives += 1
  const first = lives * 10
  const names = { queue: `queue-${lives}`, owner: `owner-${lives}` }
  const worker = `worker-${lives}`
  const token = tokenOf(lives)
  await log.add([
    newEntry(first, names),
    newEntry(first + 1, { ...names, parentId: idOf(first), idempotencyKey: 'key', fingerprint: 'one' }),
    newEntry(first + 2, { ...names, parentId: idOf(first), limitKey: `limit-${lives}`, limitMax: 1 }),
    newEntry(first + 3, names),
  ])
  await log.add([newEntry(first + 4, names), newEntry(first + 5, names)])
  await log.heartbeat({ worker, leaseMs: 60_000, info: null, open: [] })
  await log.promote(10)
  const claims = await log.claim({ worker, token, from: { queue: names.queue }, limit: 10 })
  await log.start(claims)
  const open = claims.map(({ id }) => ({ id, token, startedAgoMs: 0, progress: '1', report: null }))
  await log.heartbeat({ worker, leaseMs: 60_000, info: '{}', open })
  const settled = { token, delayMs: 0, reason: null, report: null, progress: null, startedAgoMs: null }
  await log.settle([
    { ...settled, id: idOf(first), to: 'completed' },
    { ...settled, id: idOf(first + 1), to: 'failed', reason: 'error' },
    { ...settled, id: idOf(first + 3), to: 'retry' },
  ])
  await log.settle([{ ...settled, id: idOf(first + 4), to: 'completed' }])
  await log.requestCancel([idOf(first + 5)])
  await log.retire(worker)
  const change = { ids: [idOf(first + 3)], reason: 'cancelled', report: null } as const
  await again(() => log.transition({ ...change, event: 'cancel', from: ['enqueued'] }))
  await again(() => log.delete([idOf(first + 3)]))
  await log.setQueue(names.queue, { paused: true })
  const found = await log.search({
    where: { kind: 'column', column: 'queue', operator: 'eq', value: names.queue },
    sort: 'id',
    direction: 'ascending',
    limit: 10,
    offset: 0,
    after: null,
    omit: [],
  })
  return found.map((row) => summary(row as TaskLogRecord, first))
}

/** The recovery of what a dead worker held; answers what is in its queue at the end. */
async function recoverThrough(): Promise<readonly unknown[]> {
  lives += 1
  const first = lives * 10
  const names = { queue: `queue-${lives}`, owner: `owner-${lives}` }
  const worker = `worker-${lives}`
  await log.add([newEntry(first, names), newEntry(first + 1, { ...names, maxAttempts: 1 })])
  await log.add([newEntry(first + 2, { ...names, parentId: idOf(first + 1) })])
  await log.heartbeat({ worker, leaseMs: 0, info: null, open: [] })
  const claims = await log.claim({ worker, token: tokenOf(lives), from: { queue: names.queue }, limit: 3 })
  await log.start(claims)
  await log.recover({ limit: 10, baseDelayMs: 0, maxDelayMs: 0 })
  const found = await log.find([idOf(first), idOf(first + 1), idOf(first + 2)])
  return found.toSorted((left, right) => (left.id < right.id ? -1 : 1)).map((row) => summary(row, first))
}

/** Does a change once more when it is not known whether it was made. */
async function again(change: () => Promise<unknown>): Promise<void> {
  await change().catch((error) => {
    if (!WaybillError.isInstance(error, 'outcome_unknown')) throw error
    return change()
  })
}

function summary({ id, status, outcome, reason, attempt, progress }: TaskLogRecord, first: number): unknown {
  return { number: Number.parseInt(id.slice(-12), 16) - first, status, outcome, reason, attempt, progress }
}

/** Lives without a fault, then with one at each of its statements; answers how it ends, which is always the same. */
async function failAtEvery(
  live: () => Promise<readonly unknown[]>,
  kind: StatementFault,
  leastStatements: number,
): Promise<readonly unknown[]> {
  faulty.fail(() => null)
  const expected = await live()
  const statements = faulty.seen.length
  expect(statements).toBeGreaterThan(leastStatements)
  for (let nth = 0; nth < statements; nth += 1) {
    let fired = ''
    faulty.fail((sql, index) => {
      if (index !== nth || sql === 'ROLLBACK') return null
      fired = sql
      return kind
    })
    expect(await live(), `a fault at statement ${nth}: ${fired}`).toEqual(expected)
  }
  return expected
}

describe.each<StatementFault>(['deadlock', 'timeout', 'before', 'after'])('%s', (kind) => {
  test('at whichever statement, and the call is repeated as a whole and all ends the same', async () => {
    const expected = await failAtEvery(liveThrough, kind, 90)
    expect(expected).toMatchObject([
      { number: 0, status: 'child_running', outcome: 'completed' },
      { number: 1, status: 'failed', reason: 'error' },
      { number: 2, status: 'enqueued', attempt: 1 },
      { number: 4, status: 'completed' },
      { number: 5, status: 'cancelled' },
    ])
  }, 300_000)

  test('at whichever statement of a recovery, and all ends the same', async () => {
    const expected = await failAtEvery(recoverThrough, kind, 10)
    expect(expected).toMatchObject([
      { number: 0, status: 'enqueued', reason: 'worker_died', attempt: 1 },
      { number: 1, status: 'child_running', outcome: 'failed', reason: 'worker_died' },
      { number: 2, status: 'enqueued', reason: 'worker_died', attempt: 1 },
    ])
  }, 300_000)
})

test('a commit that cannot be repeated has an unknown outcome', async () => {
  faulty.fail(() => null)
  await log.add([newEntry(1)])
  faulty.fail((sql) => (sql === 'COMMIT' ? 'after' : null))
  await expect(log.delete([idOf(1)])).rejects.toMatchObject({ code: 'outcome_unknown', retryable: false })
  expect(faulty.struck).toBe(1)
})

test('a server that is gone for good fails the call after a few attempts', async () => {
  faulty.fail((sql) => (sql.startsWith('INSERT') ? 'before' : null))
  await expect(log.add([newEntry(2)])).rejects.toMatchObject({ code: 'outcome_unknown' })
  faulty.fail((sql) => (sql.startsWith('SELECT') ? 'before' : null))
  await expect(log.find([idOf(2)])).rejects.toMatchObject({
    code: 'store_unavailable',
    nativeCode: 'PROTOCOL_CONNECTION_LOST',
    retryable: true,
  })
  expect(faulty.struck).toBe(6)
})
