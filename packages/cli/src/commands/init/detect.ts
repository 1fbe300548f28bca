import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ADAPTERS, type DatabaseKind, databaseOf } from '../../config/adapters.ts'
import type { Environment } from '../../output/surroundings.ts'
import type { Ending } from './templates.ts'

const KINDS = Object.keys(ADAPTERS) as DatabaseKind[]

/** The database a project uses: by the adapter or driver it has, else by DATABASE_URL, else SQLite. */
export function detectDatabase(folder: string, environment: Environment): DatabaseKind {
  const has = (name: string): boolean => dependencies(folder).has(name)
  const installed =
    KINDS.find((kind) => has(ADAPTERS[kind].package)) ?? KINDS.find((kind) => has(ADAPTERS[kind].driver))
  return installed ?? kindOf(environment['DATABASE_URL']) ?? 'sqlite'
}

/** The packages a configuration for this database needs, and that are not installed. */
export function missingPackages(folder: string, database: DatabaseKind): readonly string[] {
  const { package: adapter, driver } = ADAPTERS[database]
  const needed = ['@waybill/core', '@waybill/cli', adapter, driver]
  return needed.filter((name) => !isInstalled(folder, name))
}

/**
 * Looks at the folders itself. Node would remember that a package was not there when it is installed a moment later, and
 * pnpm's NODE_PATH shows it packages that the project's modules cannot import.
 */
function isInstalled(folder: string, name: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, 'node_modules', name, 'package.json'))) return true
    if (dirname(at) === at) return false
  }
}

/** `ts` where the manifest says that such files are modules (a new one does), else `mts`. */
export function detectEnding(folder: string): Ending {
  return existsSync(join(folder, 'package.json')) && manifestOf(folder)['type'] !== 'module' ? 'mts' : 'ts'
}

function dependencies(folder: string): ReadonlySet<string> {
  const { dependencies: own = {}, devDependencies: dev = {} } = manifestOf(folder)
  return new Set([...Object.keys(own), ...Object.keys(dev)])
}

function manifestOf(folder: string): Readonly<Record<string, object | undefined | string>> {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  } catch {
    return {}
  }
}

function kindOf(url: string | undefined): DatabaseKind | undefined {
  try {
    return url ? databaseOf(url) : undefined
  } catch {
    return undefined
  }
}
