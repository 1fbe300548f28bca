import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { inspect } from 'node:util'
import { type FaultProxy, startFaultProxy } from '@waybill/tools/servers'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { createPostgresTaskLog, type PostgresTaskLog } from '../src/index.ts'
import { idOf, newEntry, tokenOf } from './both-logs.ts'
import { dropSchema, freshName } from './fresh-schema.ts'
import { gatedPool } from './gated-pool.ts'

const connectionString = inject('postgresUrl')
const EVERYTHING = { kind: 'and', nodes: [] } as const
/** The request of a commit, told from READ COMMITTED. */
const COMMIT = 'COMMIT\0'
let schema: string
let log: PostgresTaskLog

beforeEach(async () => {
  schema = freshName()
  log = createPostgresTaskLog({ connectionString }, { schema, notify: false })
  const [opened, name] = [log, schema]
  await log.createContainer()
  onTestFinished(async () => {
    await opened.close()
    await dropSchema(connectionString, name)
  })
})

/** A connection of somebody else's. */
async function stranger(): Promise<pg.Client> {
  const client = new pg.Client(connectionString)
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

/** A log whose sessions have these settings; the n-th session those of its number. */
function logOn(settings: (session: number) => string): {
  readonly log: PostgresTaskLog
  readonly pool: pg.Pool
} {
  let sessions = 0
  const pool = new pg.Pool({
    connectionString,
    max: 2,
    // Runs before the connection is handed out.
    verify: (client: pg.PoolClient, done: (error?: Error) => void) => {
      client.query(settings(sessions)).then(() => done(), done)
      sessions += 1
    },
  } as pg.PoolConfig)
  pool.on('error', () => undefined)
  onTestFinished(() => pool.end())
  return { log: createPostgresTaskLog({ pool }, { schema, notify: false }), pool }
}

/** Waits until a session waits for a row of ours; answers its number. */
async function waitingSession(client: pg.Client): Promise<number> {
  return vi.waitFor(async () => {
    const { rows } = await client.query(
      `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%${schema}%'`,
    )
    expect(rows).toHaveLength(1)
    return rows[0].pid
  })
}

const archive = (ids: readonly string[]) =>
  ({ event: 'archive', ids, from: ['completed'], reason: null, report: null }) as const

const untold = { delayMs: 0, reason: null, report: null, progress: null, startedAgoMs: null }

/** Entries that have ended. */
async function ended(...numbers: readonly number[]): Promise<string[]> {
  const ids = numbers.map(idOf)
  await log.add(numbers.map((number) => newEntry(number)))
  await log.heartbeat({ worker: 'w', leaseMs: 60_000, info: null, open: [] })
  const claims = await log.claim({ worker: 'w', token: tokenOf(1), from: { ids }, limit: 100 })
  await log.settle(claims.map(({ id, token }) => ({ id, token, to: 'completed', ...untold })))
  return ids
}

test('a real deadlock is retried, and nothing of the first attempt is left', async () => {
  const ids = await ended(1, 2)
  const { log: second } = logOn(() => 'SET deadlock_timeout = 1')
  const other = await stranger()
  await other.query('SET deadlock_timeout = 60000')
  await other.query('BEGIN')
  await other.query(`SELECT id FROM ${schema}.waybill_tasks WHERE id = '${ids[1]}' FOR UPDATE`)
  const archived = second.transition(archive(ids))
  const watcher = await stranger()
  const first = await waitingSession(watcher)
  await other.query(`SELECT id FROM ${schema}.waybill_tasks WHERE id = '${ids[0]}' FOR UPDATE`)
  expect(first).toBeGreaterThan(0)
  await other.query('COMMIT')
  expect(new Set(await archived)).toEqual(new Set(ids))
  expect(await log.stats(EVERYTHING)).toMatchObject({ archived: 2 })
})

describe('a lock that somebody keeps', () => {
  test('is waited for a while, then the whole is tried again', async () => {
    const ids = await ended(1, 2)
    const other = await stranger()
    await other.query('BEGIN')
    await other.query(`SELECT id FROM ${schema}.waybill_tasks WHERE id = '${ids[1]}' FOR UPDATE`)
    const archived = log.transition(archive(ids))
    await waitingSession(await stranger())
    await other.query('COMMIT')
    expect(new Set(await archived)).toEqual(new Set(ids))
  })

  test('holds up no claim, which takes what comes next', async () => {
    await log.add([1, 2, 3].map((number) => newEntry(number)))
    await log.heartbeat({ worker: 'w', leaseMs: 60_000, info: null, open: [] })
    const other = await stranger()
    await other.query(`BEGIN; SELECT FROM ${schema}.waybill_tasks WHERE id = '${idOf(1)}' FOR UPDATE`)
    const claims = await log.claim({ worker: 'w', token: tokenOf(1), from: { queue: 'default' }, limit: 2 })
    expect(claims.map(({ id }) => id)).toEqual([idOf(2), idOf(3)])
  }, 20_000)

  test('holds up neither the recovery of other tasks nor, once it is given up, that of this one', async () => {
    await log.add([newEntry(1), newEntry(2)])
    await log.heartbeat({ worker: 'dead', leaseMs: 0, info: null, open: [] })
    await log.claim({ worker: 'dead', token: tokenOf(1), from: { queue: 'default' }, limit: 2 })
    const other = await stranger()
    await other.query('BEGIN')
    await other.query(`SELECT id FROM ${schema}.waybill_tasks WHERE id = '${idOf(1)}' FOR UPDATE`)
    const recover = { limit: 10, baseDelayMs: 0, maxDelayMs: 0 }
    expect(await log.recover(recover)).toMatchObject([{ id: idOf(2), status: 'enqueued' }])
    await other.query('COMMIT')
    expect(await log.recover(recover)).toMatchObject([{ id: idOf(1), status: 'enqueued' }])
  })
})

test('a statement that the server cancels says so', async () => {
  const ids = await ended(1)
  const { log: second } = logOn(() => 'SET statement_timeout = 100')
  const other = await stranger()
  await other.query('BEGIN')
  await other.query(`SELECT id FROM ${schema}.waybill_tasks WHERE id = '${ids[0]}' FOR UPDATE`)
  const fault = second.transition(archive(ids))
  await expect(fault).rejects.toMatchObject({
    code: 'store_contention',
    nativeCode: '57014',
    retryable: true,
  })
  await other.query('COMMIT')
  expect(await log.stats(EVERYTHING)).toMatchObject({ completed: 1 })
})

test('a connection that is terminated while it waits is replaced, and the call goes on', async () => {
  const ids = await ended(1, 2)
  const other = await stranger()
  await other.query('BEGIN')
  await other.query(`SELECT id FROM ${schema}.waybill_tasks WHERE id = '${ids[1]}' FOR UPDATE`)
  const archived = log.transition(archive(ids))
  const watcher = await stranger()
  await watcher.query(`SELECT pg_terminate_backend(${await waitingSession(watcher)})`)
  await other.query('COMMIT')
  expect(new Set(await archived)).toEqual(new Set(ids))
})

test('connections that were terminated while they idled are replaced', async () => {
  const { log: second, pool } = logOn(() => 'SELECT 1')
  await second.count(EVERYTHING)
  const { rows } = await pool.query('SELECT pg_backend_pid() AS pid')
  await (await stranger()).query(`SELECT pg_terminate_backend(${rows[0].pid})`)
  expect(await second.add([newEntry(1)])).toEqual([{ outcome: 'added', id: idOf(1) }])
  expect(await second.count(EVERYTHING)).toBe(1)
})

describe('a server that takes no writes', () => {
  const readOnly = 'SET default_transaction_read_only = on'

  test('is asked again over a new connection, which after a failover leads to the new primary', async () => {
    const { log: second } = logOn((session) => (session === 0 ? readOnly : 'SELECT 1'))
    expect(await second.add([newEntry(1)])).toEqual([{ outcome: 'added', id: idOf(1) }])
  })

  test('is read, and says so when it stays that way', async () => {
    const { log: second } = logOn(() => readOnly)
    const fault = second.setQueue('q', { paused: true })
    await expect(fault).rejects.toMatchObject({
      code: 'store_read_only',
      nativeCode: '25006',
      retryable: true,
    })
    expect(await second.count(EVERYTHING)).toBe(0)
  })
})

describe('a connection that breaks', () => {
  let proxy: FaultProxy
  let behind: PostgresTaskLog

  beforeAll(async () => {
    proxy = await startFaultProxy(connectionString)
  })
  afterAll(() => proxy.close())
  beforeEach(() => {
    behind = createPostgresTaskLog({ connectionString: proxy.url }, { schema, notify: false })
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

  const request = { worker: 'w', token: tokenOf(1), from: { queue: 'default' }, limit: 2 } as const

  test('after an add: the task is there once', async () => {
    // The statement is prepared by one request and executed by the next, which names it.
    await behind.add([newEntry(9)])
    const added = await losing('waybill_', () => behind.add([newEntry(1)]))
    expect(added).toEqual([{ outcome: 'added', id: idOf(1) }])
    expect(await log.count(EVERYTHING)).toBe(2)
  })

  test('after an add with a key: the first id is answered', async () => {
    const keyed = newEntry(1, { idempotencyKey: 'key', fingerprint: 'one' })
    expect(await losing('ON CONFLICT', () => behind.add([keyed]))).toEqual([
      { outcome: 'added', id: idOf(1) },
    ])
    expect(await log.add([{ ...keyed, id: idOf(2) }])).toEqual([{ outcome: 'existing', id: idOf(1) }])
    expect(await log.count(EVERYTHING)).toBe(1)
  })

  test('after an add of a child: it is there once', async () => {
    await log.add([newEntry(1)])
    const child = newEntry(2, { parentId: idOf(1) })
    expect(await losing(COMMIT, () => behind.add([child]))).toEqual([{ outcome: 'added', id: idOf(2) }])
    expect(await log.count(EVERYTHING)).toBe(2)
  })

  test('after a claim: what was claimed is handed over, and nothing more', async () => {
    await log.add([1, 2, 3].map((number) => newEntry(number)))
    await log.heartbeat({ worker: 'w', leaseMs: 60_000, info: null, open: [] })
    const claims = await losing('SKIP LOCKED', () => behind.claim(request))
    expect(claims).toMatchObject([
      { id: idOf(1), attempt: 1, token: tokenOf(1) },
      { id: idOf(2), attempt: 1 },
    ])
    expect(await log.stats(EVERYTHING)).toMatchObject({ dequeued: 2, enqueued: 1 })
  })

  test('during a claim that goes on without us: it is waited for', async () => {
    await log.add([1, 2, 3].map((number) => newEntry(number)))
    await log.heartbeat({ worker: 'w', leaseMs: 60_000, info: null, open: [] })
    // A trigger that waits for a lock of ours keeps the claim from ending.
    const other = await stranger()
    await other.query(`
      CREATE FUNCTION ${schema}.wait() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_advisory_xact_lock(hashtext(''${schema}'')); RETURN new; END';
      CREATE TRIGGER wait BEFORE UPDATE ON ${schema}.waybill_tasks FOR EACH ROW EXECUTE FUNCTION ${schema}.wait()`)
    await other.query(`SELECT pg_advisory_lock(hashtext('${schema}'))`)
    await behind.now()
    const claimed = behind.claim(request)
    await waitingSession(await stranger())
    proxy.breakAll()
    await other.query(`SELECT pg_advisory_unlock(hashtext('${schema}'))`)
    expect(await claimed).toHaveLength(2)
    expect(await log.stats(EVERYTHING)).toMatchObject({ dequeued: 2, enqueued: 1 })
  })

  test('after a settlement: it is accepted', async () => {
    await log.add([newEntry(1)])
    await log.heartbeat({ worker: 'w', leaseMs: 60_000, info: null, open: [] })
    expect(await log.claim(request)).toHaveLength(1)
    const settlement = { ...untold, id: idOf(1), token: tokenOf(1), to: 'completed' } as const
    const answers = await losing('outcome = task_outcome', () => behind.settle([settlement]))
    expect(answers).toEqual([{ id: idOf(1), accepted: true, status: 'completed' }])
  })

  test('after a beat that found the lease expired: that is said again', async () => {
    const beat = { worker: 'w', leaseMs: 60_000, info: null, open: [] }
    await behind.heartbeat({ ...beat, leaseMs: 0 })
    expect(await losing('waybill_', () => behind.heartbeat(beat))).toMatchObject({ expired: true })
    expect(await behind.heartbeat(beat)).toMatchObject({ expired: false })
  })

  test('after a change on somebody’s word: the server is asked whether it was made', async () => {
    await log.add([newEntry(1)])
    const ids = [idOf(1)]
    const change = { event: 'cancel', ids, from: ['enqueued'], reason: 'cancelled', report: null } as const
    expect(await losing(COMMIT, () => behind.transition(change))).toEqual(ids)
    expect(await log.find(ids)).toMatchObject([{ status: 'cancelled' }])
  })

  test('before the commit arrived: the change is made again', async () => {
    await log.add([newEntry(1)])
    const ids = [idOf(1)]
    const change = { event: 'cancel', ids, from: ['enqueued'], reason: 'cancelled', report: null } as const
    await behind.now()
    proxy.strike('before', COMMIT)
    expect(await behind.transition(change)).toEqual(ids)
    expect(await log.find(ids)).toMatchObject([{ status: 'cancelled' }])
  })

  test('and a server that falls silent is given up after a while', async () => {
    const options = { schema, notify: false, statementTimeout: '200ms' }
    const patient = createPostgresTaskLog({ connectionString: proxy.url }, options)
    onTestFinished(() => patient.close())
    await patient.now()
    proxy.strike('silence', 'count(*)')
    expect(await patient.count(EVERYTHING)).toBe(0)
  })

  test('and one that is gone for good is unavailable, in bounded time', async () => {
    const gone = await startFaultProxy(connectionString)
    const second = createPostgresTaskLog({ connectionString: gone.url }, { schema, notify: false })
    onTestFinished(() => second.close())
    await second.now()
    await gone.close()
    await expect(second.count(EVERYTHING)).rejects.toMatchObject({
      code: 'store_unavailable',
      nativeCode: 'ECONNREFUSED',
      retryable: true,
    })
  }, 20_000)
})

test('a server that goes down in the moment it lets somebody in is unavailable, and ends no process', async () => {
  const welcome = Buffer.from('R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I', 'latin1')
  const fields = 'SFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0'
  const farewell = Buffer.alloc(5 + fields.length)
  farewell.write('E')
  farewell.writeInt32BE(4 + fields.length, 1)
  farewell.write(fields, 5)
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(Buffer.concat([welcome, farewell])))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const dying = createPostgresTaskLog({ connectionString: `postgres://somebody@127.0.0.1:${port}/nowhere` })
  onTestFinished(() => dying.close())
  // An error event that nobody hears ends the process: Vitest reports it.
  await expect(dying.count(EVERYTHING)).rejects.toMatchObject({ code: 'store_unavailable', retryable: true })
})

test('a process that freezes inside a transaction keeps its locks for seconds only, and does not commit late', async () => {
  const ids = await ended(1)
  const gate = gatedPool(connectionString, '')
  gate.pool.on('error', () => undefined)
  onTestFinished(() => gate.end())
  const frozen = createPostgresTaskLog({ pool: gate.pool }, { schema, notify: false })
  const late = frozen.transition({ ...archive(ids), reason: 'forced' })
  await gate.advance('UPDATE')
  expect(await log.transition(archive(ids))).toEqual(ids)
  gate.open()
  expect(await late).toEqual([])
  expect(await log.find(ids)).toMatchObject([{ status: 'archived', reason: null }])
}, 30_000)

test('no transaction is left open, and no lock is kept, when calls are done', async () => {
  const { log: second, pool } = logOn(() => 'SELECT 1')
  await second.add([newEntry(1), newEntry(2, { parentId: idOf(1) })])
  await second.heartbeat({ worker: 'w', leaseMs: 60_000, info: null, open: [] })
  await second.claim({ worker: 'w', token: tokenOf(1), from: { queue: 'default' }, limit: 1 })
  await second.settle([{ ...untold, id: idOf(1), token: tokenOf(1), to: 'completed' }])
  await second.retire('w')
  await second.add([newEntry(3, { category: null as never })]).catch(() => undefined)
  const { rows } = await pool.query(
    `SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'
       AND query LIKE '%${schema}%'`,
  )
  expect(rows).toEqual([])
})

test('an error holds nothing of a task, nor of how the database is reached', async () => {
  const secret = 's3cr3t-CANARY'
  const url = new URL(connectionString)
  url.password = secret
  url.pathname = '/nowhere'
  const lost = createPostgresTaskLog({ connectionString: url.href }, { schema, notify: false })
  onTestFinished(() => lost.close())
  const errors: unknown[] = []
  await lost.count(EVERYTHING).catch((error: unknown) => errors.push(error))
  const bad = [
    { parameters: JSON.stringify(secret), category: null as never },
    { parameters: secret },
    { id: secret },
  ]
  for (const fields of bad) await log.add([newEntry(1, fields)]).catch((error: unknown) => errors.push(error))
  expect(errors).toHaveLength(4)
  for (const error of errors) expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(secret)
})
