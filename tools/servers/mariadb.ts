import { join } from 'node:path'
import mysql from 'mysql2/promise'
import { installDebianPackage } from './debian.ts'
import { findProgram } from './find-program.ts'
import { makeServerDirectory, serverUser } from './os-user.ts'
import { runToEnd } from './run-to-end.ts'
import { givenServer, launch, type TestServer } from './server.ts'

const GIVEN_URL = 'WAYBILL_TEST_MYSQL_URL'
const OTHERWISE = `Set ${GIVEN_URL} to the URL of a MySQL or MariaDB database that tests may write to.`
const DATABASE = 'waybill'

export interface StartMariadbOptions {
  /** Trades durability for speed. Off by default: tests see what production sees. */
  readonly fast?: boolean
  /** Further settings, such as `{ 'max-connections': '300' }`. */
  readonly settings?: Readonly<Record<string, string>>
}

const FAST_SETTINGS = { 'innodb-flush-log-at-trx-commit': '0' }

/** Starts a throwaway MariaDB, installed by apt-get where it is missing, or answers with the server in WAYBILL_TEST_MYSQL_URL. */
export async function startMariadb(options: StartMariadbOptions = {}): Promise<TestServer> {
  const given = process.env[GIVEN_URL]
  if (given) return givenServer(given, await askVersion(given))

  const programs = installedPrograms()
  const user = serverUser()
  const directory = makeServerDirectory('mariadb', user)
  const data = join(directory, 'data')
  await runToEnd(
    programs.initialize,
    ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'],
    { user, cwd: directory },
  )

  const settings = {
    datadir: data,
    socket: join(directory, 'socket'),
    // Servers that share one would delete each other's temporary tables.
    tmpdir: directory,
    'pid-file': join(directory, 'pid'),
    'bind-address': '127.0.0.1',
    ...(options.fast ? FAST_SETTINGS : {}),
    ...options.settings,
  }
  return launch({
    name: 'MariaDB',
    command: programs.serve,
    directory,
    user,
    stopSignal: 'SIGTERM',
    abortSignal: 'SIGKILL',
    argumentsFor: (port) => [
      ...['--no-defaults', `--port=${port}`, '--skip-name-resolve'],
      ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`),
    ],
    urlFor: (port) => `mysql://root@127.0.0.1:${port}/${DATABASE}`,
    async askVersion(url) {
      await createDatabase(url)
      return askVersion(url)
    },
  })
}

function installedPrograms(): { serve: string; initialize: string } {
  const found = findPrograms()
  if (found) return found
  installDebianPackage('mariadb-server', OTHERWISE)
  const installed = findPrograms()
  if (installed) return installed
  throw new Error(`The Debian package mariadb-server brought no server. ${OTHERWISE}`)
}

function findPrograms(): { serve: string; initialize: string } | undefined {
  const serve = findProgram('mariadbd')
  const initialize = findProgram('mariadb-install-db')
  return serve && initialize ? { serve, initialize } : undefined
}

async function createDatabase(url: string): Promise<void> {
  const server = new URL(url)
  server.pathname = '/'
  await withConnection(server.href, (connection) =>
    connection.query(`CREATE DATABASE IF NOT EXISTS ${DATABASE} CHARACTER SET utf8mb4`),
  )
}

async function askVersion(url: string): Promise<string> {
  const [rows] = await withConnection(url, (connection) =>
    connection.query<mysql.RowDataPacket[]>('SELECT VERSION() AS version'),
  )
  const version = String(rows[0]?.['version'])
  return version.includes('MariaDB') ? `MariaDB ${version}` : `MySQL ${version}`
}

async function withConnection<T>(url: string, use: (connection: mysql.Connection) => Promise<T>): Promise<T> {
  const connection = await mysql.createConnection({ uri: url, connectTimeout: 5000 })
  try {
    return await use(connection)
  } finally {
    await connection.end()
  }
}
