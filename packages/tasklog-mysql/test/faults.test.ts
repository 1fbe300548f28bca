import { setTimeout as delay } from 'node:timers/promises'
import type { StoreError } from '@waybill/core'
import { type FaultProxy, startFaultProxy } from '@waybill/tools/servers'
import mysql, { type Connection, type Pool, type RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest'
import { createMysqlTaskLog, type MysqlTaskLog } from '../src/index.ts'
import { idOf, newEntry, tokenOf } from './both-logs.ts'
import { dropTables, freshPrefix } from './fresh-prefix.ts'

const uri = inject('mysqlUrl')
const EVERYTHING = { kind: 'and', nodes: [] } as const
let prefix: string
let log: MysqlTaskLog

beforeEach(async () => {
  prefix = freshPrefix()
  log = createMysqlTaskLog({ uri }, { prefix })
  const [opened, tables] = [log, prefix]
  await log.createContainer()
  onTestFinished(async () => {
    await opened.close()
    await dropTables(uri, tables)
  })
})

/** A connection of somebody else's. */
async function stranger(): Promise<Connection> {
  const connection = await mysql.createConnection(uri)
  onTestFinished(() => connection.destroy())
  return connection
}

/** A log whose sessions begin with these statements; the n-th session with those of its number. */
function logOn(begin: (session: number) => readonly string[]): { log: MysqlTaskLog; pool: Pool } {
  let sessions = 0
  const pool = mysql.createPool({ uri, connectionLimit: 2 })
  pool.on('connection', (connection) => {
    for (const statement of begin(sessions)) void connection.query(statement)
    sessions += 1
  })
  onTestFinished(() => pool.end())
  return { log: createMysqlTaskLog({ pool }, { prefix }), pool }
}

/** Waits until a session of this database waits for a row of ours; answers its id. */
async function waitingSession(connection: Connection): Promise<number> {
  for (;;) {
    const [rows] = await connection.query<RowDataPacket[]>(
      `SELECT trx_mysql_thread_id AS session FROM information_schema.innodb_trx
       WHERE trx_state = 'LOCK WAIT' AND trx_query LIKE '%${prefix}%'`,
    )
    if (rows[0] !== undefined) return rows[0]['session']
    // The server answers from a copy as long as it is asked again within 100 ms.
    await delay(150)
  }
}

const archive = (ids: readonly string[]) =>
  ({ event: 'archive', ids, from: ['completed'], reason: null, report: null }) as const

/** Entries that have ended. */
async function ended(...numbers: readonly number[]): Promise<string[]> {
  const ids = numbers.map(idOf)
  await log.add(numbers.map((number) => newEntry(number)))
  await log.heartbeat({ worker: 'w', leaseMs: 60_000, info: null, open: [] })
  const claims = await log.claim({ worker: 'w', token: tokenOf(1), from: { ids }, limit: 100 })
  const rest = { delayMs: 0, reason: null, report: null, progress: null, startedAgoMs: null }
  await log.settle(claims.map(({ id, token }) => ({ id, token, to: 'completed', ...rest })))
  return ids
}

test('a real deadlock is retried, and nothing of the first attempt is left', async () => {
  const ids = await ended(1, 2)
  const other = await stranger()
  await other.query('START TRANSACTION')
  // The server rolls back the transaction that has changed less.
  await other.query(
    `INSERT INTO \`${prefix}queues\` (queue, paused) VALUES ${Array.from({ length: 500 }, (_, index) => `('q${index}', 0)`).join(', ')}`,
  )
  await other.query(`SELECT id FROM \`${prefix}tasks\` WHERE id = '${ids[1]}' FOR UPDATE`)
  const archived = log.transition(archive(ids))
  await waitingSession(await stranger())
  await other.query(`SELECT id FROM \`${prefix}tasks\` WHERE id = '${ids[0]}' FOR UPDATE`)
  await other.query('COMMIT')
  expect(await archived).toEqual(ids)
  expect(await log.stats(EVERYTHING)).toMatchObject({ archived: 2 })
})

describe('a lock wait timeout', () => {
  const impatient = () => ['SET SESSION innodb_lock_wait_timeout = 1']

  test('is rolled back whole and retried', async () => {
    const ids = await ended(1, 2)
    const other = await stranger()
    await other.query('START TRANSACTION')
    await other.query(`SELECT id FROM \`${prefix}tasks\` WHERE id = '${ids[1]}' FOR UPDATE`)
    const archived = logOn(impatient).log.transition(archive(ids))
    const watcher = await stranger()
    const first = await waitingSession(watcher)
    await delay(1_200)
    expect(await waitingSession(watcher)).toBe(first)
    await other.query('COMMIT')
    expect(await archived).toEqual(ids)
  })

  test('that never ends is contention, and nothing is changed', async () => {
    const ids = await ended(1, 2)
    const other = await stranger()
    await other.query('START TRANSACTION')
    await other.query(`SELECT id FROM \`${prefix}tasks\` WHERE id = '${ids[1]}' FOR UPDATE`)
    const fault = logOn(impatient).log.transition(archive(ids))
    await expect(fault).rejects.toMatchObject({
      code: 'store_contention',
      nativeCode: '1205 ER_LOCK_WAIT_TIMEOUT',
      retryable: true,
    })
    await other.query('COMMIT')
    expect(await log.stats(EVERYTHING)).toMatchObject({ completed: 2, archived: 0 })
  }, 30_000)
})

test('a connection that is killed while it waits is replaced, and the call goes on', async () => {
  const ids = await ended(1, 2)
  const other = await stranger()
  await other.query('START TRANSACTION')
  await other.query(`SELECT id FROM \`${prefix}tasks\` WHERE id = '${ids[1]}' FOR UPDATE`)
  const archived = log.transition(archive(ids))
  const watcher = await stranger()
  await watcher.query(`KILL ${await waitingSession(watcher)}`)
  await other.query('COMMIT')
  expect(await archived).toEqual(ids)
})

test('connections that were killed while they idled are replaced', async () => {
  const { log: second, pool } = logOn(() => [])
  await second.count(EVERYTHING)
  const [rows] = await pool.query<RowDataPacket[]>('SELECT CONNECTION_ID() AS id')
  await (await stranger()).query(`KILL ${rows[0]?.['id']}`)
  expect(await second.add([newEntry(1)])).toEqual([{ outcome: 'added', id: idOf(1) }])
  expect(await second.count(EVERYTHING)).toBe(1)
})

describe('a server that takes no writes', () => {
  const readOnly = ['SET SESSION TRANSACTION READ ONLY']

  test('is asked again over a new connection, which after a failover leads to the new primary', async () => {
    const { log: second } = logOn((session) => (session === 0 ? readOnly : []))
    expect(await second.add([newEntry(1)])).toEqual([{ outcome: 'added', id: idOf(1) }])
  })

  test('is read, and says so when it stays that way', async () => {
    const { log: second } = logOn(() => readOnly)
    const fault = second.setQueue('q', { paused: true })
    await expect(fault).rejects.toMatchObject({ code: 'store_read_only', retryable: true })
    expect(await second.count(EVERYTHING)).toBe(0)
  })
})

/** The request as it is sent: the command to run a statement, then the statement. */
const COMMIT = '\u0003COMMIT'

describe('a reply that gets lost', () => {
  let proxy: FaultProxy
  let behind: MysqlTaskLog

  beforeAll(async () => {
    proxy = await startFaultProxy(uri)
  })
  afterAll(() => proxy.close())
  beforeEach(() => {
    behind = createMysqlTaskLog({ uri: proxy.url }, { prefix })
    onTestFinished(() => behind.close())
  })

  /** Lets the reply to the next such request get lost; fails unless that happened. */
  async function losing<Answer>(request: string, call: () => Promise<Answer>): Promise<Answer> {
    await behind.now()
    const before = proxy.struck
    proxy.strike('after', request)
    try {
      return await call()
    } finally {
      expect(proxy.struck - before).toBe(1)
    }
  }

  test('of an add: the task is there once', async () => {
    const added = await losing('INSERT INTO', () => behind.add([newEntry(1)]))
    expect(added).toEqual([{ outcome: 'added', id: idOf(1) }])
    expect(await log.count(EVERYTHING)).toBe(1)
  })

  test('of an add with a key: the first id is answered', async () => {
    const keyed = newEntry(1, { idempotencyKey: 'key', fingerprint: 'one' })
    expect(await losing(COMMIT, () => behind.add([keyed]))).toEqual([{ outcome: 'added', id: idOf(1) }])
    expect(await log.add([{ ...keyed, id: idOf(2) }])).toEqual([{ outcome: 'existing', id: idOf(1) }])
  })

  test('of a claim: what was claimed is handed over, and nothing more', async () => {
    await log.add([1, 2, 3].map((number) => newEntry(number)))
    await log.heartbeat({ worker: 'w', leaseMs: 60_000, info: null, open: [] })
    const request = { worker: 'w', token: tokenOf(1), from: { queue: 'default' }, limit: 2 } as const
    const claims = await losing(COMMIT, () => behind.claim(request))
    expect(claims).toMatchObject([
      { id: idOf(1), attempt: 1, token: tokenOf(1) },
      { id: idOf(2), attempt: 1 },
    ])
    expect(await log.stats(EVERYTHING)).toMatchObject({ dequeued: 2, enqueued: 1 })
  })

  test('of a settlement: it is accepted', async () => {
    await log.add([newEntry(1)])
    await log.heartbeat({ worker: 'w', leaseMs: 60_000, info: null, open: [] })
    const request = { worker: 'w', token: tokenOf(1), from: { queue: 'default' }, limit: 1 } as const
    const [claim] = await log.claim(request)
    expect(claim).toBeDefined()
    const settlement = {
      id: idOf(1),
      token: tokenOf(1),
      to: 'completed',
      delayMs: 0,
      reason: null,
      report: null,
      progress: null,
      startedAgoMs: 0,
    } as const
    const answers = await losing('UPDATE', () => behind.settle([settlement]))
    expect(answers).toEqual([{ id: idOf(1), accepted: true, status: 'completed' }])
  })

  test('of a beat: the lease is taken for expired, since nobody knows whether it was', async () => {
    const beat = { worker: 'w', leaseMs: 60_000, info: null, open: [] }
    await behind.heartbeat(beat)
    expect(await behind.heartbeat(beat)).toMatchObject({ expired: false })
    expect(await losing(COMMIT, () => behind.heartbeat(beat))).toMatchObject({ expired: true })
  })

  test('of a change on somebody’s word: whether it was made is unknown, and never called failed', async () => {
    await log.add([newEntry(1)])
    const change = {
      event: 'cancel',
      ids: [idOf(1)],
      from: ['enqueued'],
      reason: 'cancelled',
      report: null,
    } as const
    const fault = await losing(COMMIT, () => behind.transition(change)).catch((error: StoreError) => error)
    expect(fault).toMatchObject({ code: 'outcome_unknown', retryable: false })
    expect(await log.find([idOf(1)])).toMatchObject([{ status: 'cancelled' }])
  })

  test('and a server that falls silent is given up after a while', async () => {
    const patient = createMysqlTaskLog({ uri: proxy.url }, { prefix, statementTimeout: '200ms' })
    onTestFinished(() => patient.close())
    await patient.now()
    proxy.strike('silence', 'COUNT(*)')
    expect(await patient.count(EVERYTHING)).toBe(0)
  })
})

test('an error holds nothing of a task, nor of how the database is reached', async () => {
  const secret = 's3cr3t-CANARY'
  const url = new URL(uri)
  url.password = secret
  const locked = createMysqlTaskLog({ uri: url.href }, { prefix })
  onTestFinished(() => locked.close())
  const errors: unknown[] = []
  await locked.count(EVERYTHING).catch((error: unknown) => errors.push(error))
  const bad = newEntry(1, { parameters: JSON.stringify(secret), category: 'x'.repeat(100) as 'unknown' })
  await log.add([bad]).catch((error: unknown) => errors.push(error))
  expect(errors).toHaveLength(2)
  for (const error of errors) {
    const { inspect } = await import('node:util')
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(secret)
  }
})
