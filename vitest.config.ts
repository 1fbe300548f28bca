import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'

const root = import.meta.dirname

function foldersIn(parent: string): string[] {
  const path = join(root, parent)
  if (!existsSync(path)) return []
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(path, entry.name, 'package.json')))
    .map((entry) => join(parent, entry.name))
}

function project(folder: string): TestProjectInlineConfiguration {
  return {
    extends: true,
    root: join(root, folder),
    test: { name: folder.replace('packages/', '') },
  }
}

const single = ['tools', 'bench', 'torture'].filter((folder) =>
  existsSync(join(root, folder, 'package.json')),
)

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    projects: [...foldersIn('packages'), ...foldersIn('examples'), ...single].map(project),
  },
})
