import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installDebianPackage } from './debian.ts'
import { findProgram } from './find-program.ts'
import { makeServerDirectory, serverUser } from './os-user.ts'
import { askPostgresVersion } from './postgres.ts'
import { launch, type TestServer } from './server.ts'

const PROGRAM = 'pgbouncer'
const OTHERWISE = 'Install it by hand.'

/**
 * Starts PgBouncer as a transaction pooler before the PostgreSQL at this URL, installed by apt-get where it is missing. One
 * transaction after another of a client gets another connection to the server.
 */
export async function startPgbouncer(serverUrl: string): Promise<TestServer> {
  if (findProgram(PROGRAM) === undefined) installDebianPackage(PROGRAM, OTHERWISE)
  const command = findProgram(PROGRAM)
  if (command === undefined) throw new Error(`The Debian package ${PROGRAM} brought no program. ${OTHERWISE}`)
  const user = serverUser()
  const directory = makeServerDirectory(PROGRAM, user)
  return launch({
    name: 'PgBouncer',
    command,
    directory,
    user,
    stopSignal: 'SIGINT',
    abortSignal: 'SIGKILL',
    argumentsFor(port) {
      const file = join(directory, 'pgbouncer.ini')
      writeFileSync(file, configuration(new URL(serverUrl), port), { mode: 0o644 })
      return [file]
    },
    urlFor(port) {
      const url = new URL(serverUrl)
      url.hostname = '127.0.0.1'
      url.port = String(port)
      return url.href
    },
    askVersion: askPostgresVersion,
  })
}

/** https://www.pgbouncer.org/config.html */
function configuration({ hostname, port, username, password }: URL, ownPort: number): string {
  const secret = password === '' ? '' : ` password=${decodeURIComponent(password)}`
  return `[databases]
* = host=${hostname} port=${port || 5432} user=${decodeURIComponent(username)}${secret}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${ownPort}
unix_socket_dir =
auth_type = any
pool_mode = transaction
server_round_robin = 1
default_pool_size = 10
max_client_conn = 500
`
}
