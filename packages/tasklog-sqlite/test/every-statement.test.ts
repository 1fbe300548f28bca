import type { TaskLogRecord } from '@waybill/core'
import { expect, test } from 'vitest'
import { createSqliteTaskLog } from '../src/index.ts'
import { idOf, newEntry, tokenOf } from './both-logs.ts'
import { FaultyDatabase } from './faulty-database.ts'

const EVERYTHING = { kind: 'and', nodes: [] } as const

/** A log in the life of a family; answers what is in it at the end. */
async function liveThrough(database: FaultyDatabase): Promise<readonly Partial<TaskLogRecord>[]> {
  const log = createSqliteTaskLog({ database })
  await log.createContainer()
  await log.add([
    newEntry(0),
    newEntry(1, { parentId: idOf(0), idempotencyKey: 'key', fingerprint: 'one' }),
    newEntry(2, { parentId: idOf(0), limitKey: 'limit', limitMax: 1, delayMs: 0 }),
    newEntry(3),
  ])
  await log.heartbeat({ worker: 'w', leaseMs: 60_000, info: null, open: [] })
  await log.promote(10)
  const token = tokenOf(1)
  const claims = await log.claim({ worker: 'w', token, from: { queue: 'default' }, limit: 10 })
  await log.start(claims)
  const settled = { token, delayMs: 0, reason: null, report: null, progress: null, startedAgoMs: null }
  await log.settle([
    { ...settled, id: idOf(0), to: 'completed' },
    { ...settled, id: idOf(1), to: 'failed', reason: 'error' },
    { ...settled, id: idOf(3), to: 'retry' },
  ])
  await log.retire('w')
  await log.transition({
    event: 'cancel',
    ids: [idOf(3)],
    from: ['enqueued'],
    reason: 'cancelled',
    report: null,
  })
  await log.delete([idOf(3)])
  await log.add([newEntry(4)])
  await log.heartbeat({ worker: 'dead', leaseMs: 0, info: null, open: [] })
  await log.claim({ worker: 'dead', token: tokenOf(2), from: { queue: 'default' }, limit: 10 })
  await log.recover({ limit: 10, baseDelayMs: 0, maxDelayMs: 0 })
  const found = await log.search({
    where: EVERYTHING,
    sort: 'id',
    direction: 'ascending',
    limit: 10,
    offset: 0,
    after: null,
    omit: ['createdAt', 'updatedAt'],
  })
  await log.close()
  return found.map(({ id, status, outcome, reason, attempt, worker }) => ({
    id,
    status,
    outcome,
    reason,
    attempt,
    worker,
  }))
}

test('whichever statement finds the database busy, the call is repeated as a whole and all ends the same', async () => {
  const calm = new FaultyDatabase()
  const expected = await liveThrough(calm)
  calm.close()
  expect(expected.map(({ status }) => status)).toEqual(['child_running', 'failed', 'enqueued', 'enqueued'])
  expect(expected.at(-1)).toMatchObject({ id: idOf(4), reason: 'worker_died', attempt: 1 })
  let hasFired = true
  let statements = 0
  for (; hasFired; statements += 1) {
    const database = new FaultyDatabase()
    hasFired = false
    let seen = 0
    database.fail((sql) => {
      if (sql.startsWith('ROLLBACK')) return null
      hasFired ||= seen === statements
      seen += 1
      return seen === statements + 1 ? { code: 'SQLITE_BUSY', when: 'before' } : null
    })
    expect(await liveThrough(database)).toEqual(expected)
    database.close()
  }
  expect(statements).toBeGreaterThan(50)
})

test('a commit that fails while it is written has an unknown outcome; repeating the call tells', async () => {
  const database = new FaultyDatabase()
  const log = createSqliteTaskLog({ database })
  await log.createContainer()
  const keyed = newEntry(0, { idempotencyKey: 'key', fingerprint: 'one' })
  database.fail((sql) => (sql === 'COMMIT' ? { code: 'SQLITE_IOERR_FSYNC', when: 'after' } : null))
  await expect(log.add([keyed])).rejects.toMatchObject({
    code: 'outcome_unknown',
    nativeCode: 'SQLITE_IOERR_FSYNC',
    retryable: false,
  })
  database.fail(() => null)
  expect(await log.add([{ ...keyed, id: idOf(1) }])).toEqual([{ outcome: 'existing', id: idOf(0) }])
  database.close()
})

test('a fault in the middle of a call leaves nothing of it behind', async () => {
  const database = new FaultyDatabase()
  const log = createSqliteTaskLog({ database })
  await log.createContainer()
  let inserts = 0
  database.fail((sql) => {
    if (!sql.includes('INSERT INTO waybill_tasks')) return null
    inserts += 1
    return inserts === 3 ? { code: 'SQLITE_IOERR_WRITE', when: 'after' } : null
  })
  await expect(log.add([newEntry(0), newEntry(1), newEntry(2), newEntry(3)])).rejects.toMatchObject({
    code: 'store_unavailable',
    retryable: true,
  })
  expect(await log.count(EVERYTHING)).toBe(0)
  database.close()
})

test('a transaction that began although it said that it did not is not left open', async () => {
  const database = new FaultyDatabase()
  const log = createSqliteTaskLog({ database })
  await log.createContainer()
  database.fail((sql) => (sql.startsWith('BEGIN') ? { code: 'SQLITE_IOERR_READ', when: 'after' } : null))
  await expect(log.add([newEntry(0)])).rejects.toMatchObject({ code: 'store_unavailable' })
  database.fail(() => null)
  expect(database.inTransaction).toBe(false)
  expect(await log.add([newEntry(0)])).toEqual([{ outcome: 'added', id: idOf(0) }])
  database.close()
})
