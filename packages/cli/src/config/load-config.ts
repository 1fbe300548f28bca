import { existsSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { UsageError } from '../errors/cli-error.ts'
import { checkConfig } from './check-config.ts'
import type { WaybillConfig } from './config.ts'
import { CONFIG_NAMES, findConfig } from './find-config.ts'
import { importModule } from './import-module.ts'

/** A configuration and where it came from. */
export interface LoadedConfig {
  readonly config: WaybillConfig
  /** The file; null when there is none. */
  readonly file: string | null
  /** What relative paths in it are relative to. */
  readonly folder: string
}

/**
 * Loads the configuration that was named, else the one of the folder or of one above it; an empty one when there is none.
 * @throws UsageError when it cannot be loaded or is wrong
 */
export async function loadConfig(folder: string, named: string | undefined): Promise<LoadedConfig> {
  const file = named === undefined ? findConfig(folder) : resolve(folder, named)
  if (file === undefined) return { config: {}, file: null, folder }
  const name = relative(folder, file) || file
  if (!existsSync(file)) {
    throw new UsageError(`there is no ${name}; expected a file like ${CONFIG_NAMES[0]}`)
  }
  const config = checkConfig(await defaultExport(file, name), name)
  return { config, file, folder: dirname(file) }
}

async function defaultExport(file: string, name: string): Promise<unknown> {
  let exports: Readonly<Record<string, unknown>>
  try {
    exports = await importModule(file)
  } catch (cause) {
    throw new UsageError(`${name} cannot be loaded: ${reasonOf(cause)}`, { cause })
  }
  if ('default' in exports) return exports['default']
  throw new UsageError(`${name} has no default export; expected export default defineConfig({ … })`)
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
}
