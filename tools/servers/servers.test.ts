import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { startMariadb, startPostgres, type TestServer } from './index.ts'
import { newestDebianBinaries } from './postgres.ts'

afterEach(() => vi.unstubAllEnvs())

const kinds = [
  { name: 'PostgreSQL out of npm', start: () => startPostgres(), version: /^PostgreSQL 18/ },
  {
    name: 'PostgreSQL of Debian',
    start: () => startPostgres({ version: 'debian' }),
    version: /^PostgreSQL \d+/,
  },
  { name: 'MariaDB', start: () => startMariadb(), version: /^MariaDB \d+/ },
]

describe.each(kinds)('$name', { timeout: 300_000 }, ({ start, version }) => {
  test('answers, keeps its data over a crash, and is gone when stopped', async () => {
    vi.stubEnv('WAYBILL_TEST_POSTGRES_URL', undefined)
    vi.stubEnv('WAYBILL_TEST_MYSQL_URL', undefined)
    const server = await start()
    onTestFinished(() => server.stop())
    expect(server.version).toMatch(version)

    await run(server, 'CREATE TABLE kept (id INT PRIMARY KEY)')
    await run(server, 'INSERT INTO kept VALUES (7)')
    const pid = server.pid
    await server.restart('SIGKILL')
    expect(server.pid).not.toBe(pid)
    expect(await run(server, 'SELECT id FROM kept')).toEqual([{ id: 7 }])

    await server.stop()
    await server.stop()
    expect(isAlive(server.pid)).toBe(false)
    await expect(run(server, 'SELECT 1')).rejects.toThrow()
  })
})

test('a server does not outlive a process that was killed', { timeout: 60_000 }, async () => {
  const owner = spawn(process.execPath, ['--input-type=module-typescript', '--eval', OWNER], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(owner.stdout.setEncoding('utf8'), 'data')
  const pid = Number(line)
  expect(isAlive(pid)).toBe(true)
  owner.kill('SIGKILL')
  await vi.waitUntil(() => !isAlive(pid), { timeout: 10_000 })
})

const OWNER = `
import { startPostgres } from './index.ts'
const server = await startPostgres({ fast: true })
console.log(server.pid)
setInterval(() => undefined, 1000)
`

test('a server comes back although a crash left one of its processes behind', {
  timeout: 60_000,
}, async () => {
  const server = await startPostgres({ fast: true })
  onTestFinished(() => server.stop())
  const client = new pg.Client(server.url)
  client.on('error', () => undefined)
  await client.connect()
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
  process.kill(rows[0].pid, 'SIGSTOP')
  const thaw = setTimeout(() => process.kill(rows[0].pid, 'SIGCONT'), 1_000)
  onTestFinished(() => clearTimeout(thaw))
  await server.restart('SIGKILL')
  expect(await run(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('a server given by its URL is used as it is and left running', { timeout: 60_000 }, async () => {
  const own = await startPostgres({ fast: true })
  onTestFinished(() => own.stop())
  vi.stubEnv('WAYBILL_TEST_POSTGRES_URL', own.url)

  const given = await startPostgres({ version: 'debian' })
  expect(given).toMatchObject({ url: own.url, version: own.version, pid: undefined })
  await expect(given.restart()).rejects.toThrow('not restarted')
  await given.stop()
  expect(await run(own, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('a server given by a URL that does not answer is an error, not a reason to start another', async () => {
  vi.stubEnv('WAYBILL_TEST_MYSQL_URL', 'mysql://root@127.0.0.1:1/nothing')
  await expect(startMariadb()).rejects.toThrow('ECONNREFUSED')
})

test('settings reach the server', { timeout: 60_000 }, async () => {
  const server = await startPostgres({ fast: true, settings: { max_connections: '17' } })
  onTestFinished(() => server.stop())
  expect(await run(server, 'SHOW max_connections')).toEqual([{ max_connections: '17' }])
  expect(await run(server, 'SHOW fsync')).toEqual([{ fsync: 'off' }])
})

test('a server that cannot start says why', { timeout: 60_000 }, async () => {
  const start = startPostgres({ settings: { max_connections: 'many' } })
  await expect(start).rejects.toThrow(/did not start.*max_connections/s)
})

test('the newest PostgreSQL that has a server is the Debian one', () => {
  const versions = mkdtempSync(join(tmpdir(), 'waybill-versions-'))
  onTestFinished(() => rmSync(versions, { recursive: true }))
  expect(newestDebianBinaries(versions)).toBeUndefined()
  for (const version of ['9.6', '15', '17']) mkdirSync(join(versions, version, 'bin'), { recursive: true })
  for (const version of ['9.6', '15']) writeFileSync(join(versions, version, 'bin', 'postgres'), '')
  expect(newestDebianBinaries(versions)).toBe(join(versions, '15', 'bin'))
})

async function run(server: TestServer, sql: string): Promise<unknown> {
  if (server.url.startsWith('mysql:')) {
    const connection = await mysql.createConnection(server.url)
    try {
      return (await connection.query(sql))[0]
    } finally {
      await connection.end()
    }
  }
  const client = new pg.Client(server.url)
  try {
    await client.connect()
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** A process that ended but was not yet waited for is still listed, as a zombie. */
function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const status = `/proc/${pid}/status`
  return !existsSync(status) || !/^State:\tZ/m.test(readFileSync(status, 'utf8'))
}
