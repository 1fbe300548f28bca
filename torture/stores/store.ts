import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type FaultProxy,
  startFaultProxy,
  startMariadb,
  startPostgres,
  type TestServer,
} from '@waybill/tools/servers'
import mysql from 'mysql2/promise'
import pg from 'pg'
import type { LogAddress, StoreKind } from './open-log.ts'

/** A database to torture. */
export interface Store {
  readonly kind: StoreKind
  /** What it says it is. */
  readonly version: string
  /** Where the log is, for those whom nothing befalls on the way. */
  readonly address: LogAddress
  /** A way in of its own, for one process; null for a file, to which there is none. */
  route(): Promise<Route | null>
  /** Kills the database and starts it again; null where there is nothing to kill. */
  readonly crash: (() => Promise<void>) | null
  /** How many other connections there are now. */
  connections(): Promise<{ readonly all: number; readonly inTransaction: number } | null>
  stop(): Promise<void>
}

/** A way to a database that can be broken. */
export interface Route {
  readonly address: LogAddress
  readonly proxy: FaultProxy
}

/** Brings a database up, out of what is on the machine. */
export async function startStore(kind: StoreKind): Promise<Store> {
  return kind === 'sqlite' ? sqliteStore() : await serverStore(kind)
}

/** A file of its own in a folder of its own. */
function sqliteStore(): Store {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-torture-'))
  return {
    kind: 'sqlite',
    version: 'SQLite',
    address: { kind: 'sqlite', place: join(folder, 'log.db'), prefix: 'waybill_' },
    route: async () => null,
    crash: null,
    connections: async () => null,
    stop: async () => rmSync(folder, { recursive: true }),
  }
}

/** A throwaway server, or the one that is given by its URL; in any case tables of its own. */
async function serverStore(kind: 'postgres' | 'mysql'): Promise<Store> {
  const server = kind === 'postgres' ? await startPostgres() : await startMariadb()
  const tables = storeOn(kind, server.url)
  return {
    ...tables,
    version: server.version,
    // Others may be connected to a server that is not ours.
    connections: server.pid === undefined ? async () => null : tables.connections,
    crash: crashOf(server),
    async stop() {
      await tables.stop()
      await server.stop()
    },
  }
}

/** Tables of its own on a server that is there. */
export function storeOn(kind: 'postgres' | 'mysql', url: string): Store {
  const address = { kind, place: url, prefix: `t${process.pid}_${nextNumber()}_` }
  const proxies: FaultProxy[] = []
  return {
    kind,
    version: kind,
    address,
    async route() {
      const proxy = await startFaultProxy(url)
      proxies.push(proxy)
      return { address: { ...address, place: proxy.url }, proxy }
    },
    crash: null,
    connections: () => (kind === 'postgres' ? postgresConnections(url) : mysqlConnections(url)),
    stop: async () => {
      for (const proxy of proxies) await proxy.close()
    },
  }
}

let numbers = 0

function nextNumber(): number {
  numbers += 1
  return numbers
}

function crashOf(server: TestServer): (() => Promise<void>) | null {
  return server.pid === undefined ? null : () => server.restart('SIGKILL')
}

async function postgresConnections(url: string): Promise<{ all: number; inTransaction: number }> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    const { rows } = await client.query<{ all: number; inTransaction: number }>(
      `SELECT count(*)::int AS "all", count(*) FILTER (WHERE xact_start IS NOT NULL)::int AS "inTransaction"
       FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    )
    return rows[0] ?? { all: 0, inTransaction: 0 }
  } finally {
    await client.end()
  }
}

async function mysqlConnections(url: string): Promise<{ all: number; inTransaction: number }> {
  const connection = await mysql.createConnection(url)
  try {
    const [rows] = await connection.query<mysql.RowDataPacket[]>(
      `SELECT count(*) AS connections, count(trx_id) AS transactions
       FROM information_schema.processlist LEFT JOIN information_schema.innodb_trx ON trx_mysql_thread_id = id
       WHERE id <> connection_id() AND user <> 'system user'`,
    )
    const [row] = rows
    return { all: Number(row?.['connections']), inTransaction: Number(row?.['transactions']) }
  } finally {
    await connection.end()
  }
}
