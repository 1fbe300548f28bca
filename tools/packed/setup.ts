import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startMariadb, startPostgres } from '../servers/index.ts'
import { packAll } from './pack.ts'
import { startRegistry } from './registry.ts'

/** Names the folder with the tarballs when they are packed already. */
const PACKED = 'WAYBILL_PACKED'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where our packages can be installed from. */
    registry: string
  }
}

/** Packs what was built, offers it, and starts the servers that consumers need; answers how all of it ends. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [tarballs, postgres, mariadb] = await Promise.all([pack(), startPostgres(), startMariadb()])
  const registry = await startRegistry(tarballs.folder)
  project.provide('registry', registry.url)
  project.provide('postgresUrl', postgres.url)
  project.provide('mysqlUrl', mariadb.url)
  return async () => {
    await Promise.all([registry.close(), postgres.stop(), mariadb.stop()])
    tarballs.remove()
  }
}

async function pack(): Promise<{ readonly folder: string; readonly remove: () => void }> {
  const packed = process.env[PACKED]
  if (packed) return { folder: packed, remove: () => undefined }
  const folder = mkdtempSync(join(tmpdir(), 'waybill-packed-'))
  await packAll(dirname(dirname(import.meta.dirname)), folder)
  return { folder, remove: () => rmSync(folder, { recursive: true }) }
}
