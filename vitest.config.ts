import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'

const root = import.meta.dirname

const postgres = join(root, 'tools/servers/vitest-postgres.ts')
const mysql = join(root, 'tools/servers/vitest-mysql.ts')

/** The servers a project's tests get, each started once for a run in which a project needs it. */
const serversFor: Readonly<Record<string, readonly string[]>> = {
  'broker-durable': [postgres, mysql],
  cli: [postgres, mysql],
  'tasklog-postgres': [postgres],
  'tasklog-mysql': [mysql],
  migration: [postgres, mysql],
  'examples/postgres-transaction': [postgres],
  'examples/mysql-transaction': [mysql],
  'examples/drizzle': [postgres],
  'examples/kysely': [mysql],
}

const folders = [...within('packages'), ...within('examples'), 'docs', 'tools', 'bench', 'torture'].filter(
  isPackage,
)

// Read by the tests that take as much time as is left.
process.env['WAYBILL_TESTS_BEGAN'] ??= String(Date.now())

/** After all others, file by file: worker processes that starve each other look as if they had broken a promise. */
const alone = { maxWorkers: 1, sequence: { groupOrder: 1 } }

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // Bounds for a busy machine of two cores; no test waits for them.
    testTimeout: 60_000,
    hookTimeout: 180_000,
    // The second core works while a test waits for a disk or a clock.
    maxWorkers: 2,
    projects: folders.map(project),
  },
})

function project(folder: string): TestProjectInlineConfiguration {
  const name = folder.replace('packages/', '')
  return {
    extends: true,
    root: join(root, folder),
    test: { name, globalSetup: [...(serversFor[name] ?? [])], ...(name === 'torture' ? alone : {}) },
  }
}

function within(parent: string): string[] {
  const path = join(root, parent)
  return existsSync(path) ? readdirSync(path).map((name) => `${parent}/${name}`) : []
}

function isPackage(folder: string): boolean {
  return existsSync(join(root, folder, 'package.json'))
}
