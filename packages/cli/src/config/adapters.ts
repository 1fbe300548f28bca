import { createRequire } from 'node:module'
import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { TaskLogBroker } from '@waybill/core'
import { CliError, UsageError } from '../errors/cli-error.ts'
import { EXIT } from '../exit-code.ts'
import { detectPackageManager, installCommand } from './package-manager.ts'

/** The databases a URL can name. */
export type DatabaseKind = 'sqlite' | 'postgres' | 'mysql'

/** The package that opens a database, and the driver it needs beside it. */
export interface Adapter {
  readonly package: string
  readonly driver: string
  /** The function it exports, and what that takes for a URL. */
  readonly factory: string
  readonly source: (url: string, folder: string) => object
}

/** By kind. */
export const ADAPTERS: Readonly<Record<DatabaseKind, Adapter>> = {
  sqlite: {
    package: '@waybill/tasklog-sqlite',
    driver: 'better-sqlite3',
    factory: 'createSqliteTaskLog',
    source: (url, folder) => ({ file: sqliteFile(url, folder) }),
  },
  postgres: {
    package: '@waybill/tasklog-postgres',
    driver: 'pg',
    factory: 'createPostgresTaskLog',
    source: (url) => ({ connectionString: url }),
  },
  mysql: {
    package: '@waybill/tasklog-mysql',
    driver: 'mysql2',
    factory: 'createMysqlTaskLog',
    source: (url) => ({ uri: url }),
  },
}

const SCHEMES: Readonly<Record<string, DatabaseKind>> = {
  'sqlite:': 'sqlite',
  'sqlite3:': 'sqlite',
  'file:': 'sqlite',
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'mysql:': 'mysql',
  'mariadb:': 'mysql',
}

/** Which database a URL names. @throws UsageError when it is none we know */
export function databaseOf(url: string): DatabaseKind {
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0].toLowerCase() ?? ''
  const kind = SCHEMES[scheme]
  if (kind !== undefined) return kind
  const found = scheme === '' ? 'got one without a scheme' : `got ${scheme}`
  throw new UsageError(`url: expected sqlite:FILE, postgres://… or mysql://…, ${found}`)
}

/**
 * Opens the log a URL names by the adapter that is installed in the project, or beside the command.
 * @param folder the project's, and what a relative file is relative to
 */
export async function openByUrl(
  url: string,
  folder: string,
  userAgent: string | undefined,
): Promise<TaskLogBroker> {
  const kind = databaseOf(url)
  const adapter = ADAPTERS[kind]
  const module = await importAdapter(adapter, folder, kind, userAgent)
  const create = module[adapter.factory] as (source: object) => TaskLogBroker
  return create(adapter.source(url, folder))
}

async function importAdapter(
  adapter: Adapter,
  folder: string,
  kind: DatabaseKind,
  userAgent: string | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(resolveFrom(folder, adapter.package) ?? adapter.package)) as Record<string, unknown>
  } catch (cause) {
    if (!isMissing(cause)) throw cause
    const manager = detectPackageManager(folder, userAgent)
    const install = installCommand(manager, [adapter.package, adapter.driver])
    throw new CliError(
      `A ${kind} task log needs packages that are not installed. Run: ${install}`,
      EXIT.usage,
      {
        cause,
      },
    )
  }
}

/** The URL of the file a package's name stands for in a folder; undefined when it is not installed there. */
export function resolveFrom(folder: string, name: string): string | undefined {
  try {
    return pathToFileURL(createRequire(join(folder, 'package.json')).resolve(name)).href
  } catch {
    return undefined
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
}

/** `sqlite:a.db`, `sqlite:./a.db`, `sqlite:///tmp/a.db`, `sqlite://a.db`, `file:a.db`, `sqlite::memory:`. */
function sqliteFile(url: string, folder: string): string {
  const rest = decodeURI(url.replace(/^[a-z0-9]+:/i, ''))
  if (rest === ':memory:') return rest
  if (url.startsWith('file:///')) return fileURLToPath(url)
  const file = rest.replace(/^\/\//, '')
  if (file === '') throw new UsageError('url: expected a file after sqlite:')
  return isAbsolute(file) ? file : resolve(folder, file)
}
