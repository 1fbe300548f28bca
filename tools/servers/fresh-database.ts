import { randomBytes } from 'node:crypto'
import mysql from 'mysql2/promise'
import pg from 'pg'

/** A database that nobody else uses, dropped when it is disposed of. */
export interface FreshDatabase extends AsyncDisposable {
  readonly url: string
}

/** Creates a database on a PostgreSQL server. */
export async function freshPostgresDatabase(serverUrl: string): Promise<FreshDatabase> {
  const run = async (sql: string): Promise<void> => {
    const client = new pg.Client(serverUrl)
    await client.connect()
    await client.query(sql).finally(() => client.end())
  }
  return await create(serverUrl, run, (name) => `DROP DATABASE ${name} WITH (FORCE)`)
}

/** Creates a database on a MySQL or MariaDB server. */
export async function freshMysqlDatabase(serverUrl: string): Promise<FreshDatabase> {
  const run = async (sql: string): Promise<void> => {
    const connection = await mysql.createConnection(serverUrl)
    await connection.query(sql).finally(() => connection.end())
  }
  return await create(serverUrl, run, (name) => `DROP DATABASE ${name}`)
}

async function create(
  serverUrl: string,
  run: (sql: string) => Promise<void>,
  drop: (name: string) => string,
): Promise<FreshDatabase> {
  const name = `t${randomBytes(8).toString('hex')}`
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  await run(`CREATE DATABASE ${name}`)
  return { url: url.href, [Symbol.asyncDispose]: () => run(drop(name)) }
}
