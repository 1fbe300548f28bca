import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startMariadb, startPostgres } from '@waybill/tools/servers'
import pg from 'pg'
import type { Storage } from './actor/contender.ts'
import type { Entrant, Service } from './entrants.ts'

/** A server the bench has started. */
export interface BenchServer {
  readonly url: string
  readonly version: string
  stop(): Promise<void>
}

/** What differs from a server's own settings: how much memory it may use. How safely it commits is left as it is. */
export const SERVER_SETTINGS: Readonly<Record<Exclude<Service, 'none'>, Readonly<Record<string, string>>>> = {
  postgres: { shared_buffers: '1GB', max_wal_size: '4GB' },
  mariadb: { 'innodb-buffer-pool-size': '1G', 'innodb-log-file-size': '1G' },
  redis: { appendonly: 'yes', appendfsync: 'everysec', save: '' },
}

/** The servers, each started when it is first needed, and a folder for files. */
export class Services {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'waybill-bench-'))
  readonly #servers: Map<Service, Promise<BenchServer>> = new Map()
  readonly #databases: Map<string, Promise<string>> = new Map()
  #files = 0

  /** The versions of those that run. */
  async versions(): Promise<string[]> {
    const servers = await Promise.all(this.#servers.values())
    return servers.map(({ version }) => version)
  }

  /** Where an entrant keeps its tasks: a database of its own, or a file that is not there yet. */
  async storageOf({ id, kind, log, service }: Entrant, prefix = 'waybill_'): Promise<Storage> {
    if (log === 'memory') return { log, url: '', prefix }
    if (service === 'none') return { log, url: this.newFile(), prefix }
    if (service !== 'postgres') return { log, url: (await this.#server(service)).url, prefix: `${kind}_` }
    return { log, url: await this.postgresDatabase(id.replaceAll('-', '_')), prefix }
  }

  /** The path of a file that is not there yet. */
  newFile(): string {
    this.#files += 1
    return join(this.folder, `${this.#files}.db`)
  }

  /** The URL of a PostgreSQL database, created when it is not there. */
  postgresDatabase(name: string): Promise<string> {
    const found = this.#databases.get(name) ?? this.#createDatabase(name)
    this.#databases.set(name, found)
    return found
  }

  /** Has PostgreSQL write out what it holds back, so that it does not in the middle of a measurement. */
  async settle(service: Service): Promise<void> {
    if (service === 'postgres') await query((await this.#server(service)).url, 'CHECKPOINT')
  }

  /** Stops the servers and removes the files. */
  async stop(): Promise<void> {
    for (const server of this.#servers.values())
      await server.then(({ stop }) => stop()).catch(() => undefined)
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #createDatabase(name: string): Promise<string> {
    const { url } = await this.#server('postgres')
    await query(url, `CREATE DATABASE ${name}`)
    const database = new URL(url)
    database.pathname = `/${name}`
    return database.href
  }

  #server(service: Exclude<Service, 'none'>): Promise<BenchServer> {
    const found = this.#servers.get(service) ?? STARTS[service](SERVER_SETTINGS[service], this.folder)
    this.#servers.set(service, found)
    return found
  }
}

const STARTS = {
  postgres: (settings: Readonly<Record<string, string>>) =>
    startPostgres({ settings: { max_connections: '200', ...settings } }),
  mariadb: (settings: Readonly<Record<string, string>>) => startMariadb({ settings }),
  redis: startRedis,
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(sql).finally(() => client.end())
}

async function startRedis(settings: Readonly<Record<string, string>>, folder: string): Promise<BenchServer> {
  const port = await freePort()
  const settingArguments = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  const server = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...settingArguments],
    {
      stdio: 'ignore',
    },
  )
  server.on('error', () => undefined)
  const deadline = performance.now() + 10_000
  while (!(await isListening(port))) {
    if (server.pid === undefined || performance.now() > deadline) {
      throw new Error('redis-server did not start. Is it installed? On Debian: apt-get install redis-server')
    }
    await sleep(20)
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    version: await redisVersion(),
    async stop() {
      const exited = once(server, 'exit')
      server.kill('SIGTERM')
      await exited
    },
  }
}

async function redisVersion(): Promise<string> {
  const asked = spawn('redis-server', ['--version'])
  let text = ''
  asked.stdout.on('data', (piece: Buffer) => {
    text += piece
  })
  await once(asked, 'close')
  return `Redis ${/v=([\d.]+)/.exec(text)?.[1] ?? '?'}`
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No free port')
  return address.port
}

async function isListening(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
