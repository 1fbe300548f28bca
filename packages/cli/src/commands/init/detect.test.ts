import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { resolveFrom } from '../../config/adapters.ts'
import { missingPackages } from './detect.ts'

function project(): string {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-detect-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

function install(folder: string, name: string): void {
  const target = join(folder, 'node_modules', name)
  mkdirSync(target, { recursive: true })
  const exports = { types: './index.d.ts', default: './index.js' }
  writeFileSync(join(target, 'package.json'), JSON.stringify({ name, type: 'module', exports }))
  writeFileSync(join(target, 'index.js'), 'export const isHere = true\n')
}

test('what a project or a folder above it has installed is not missing', () => {
  const root = project()
  const folder = join(root, 'packages/app')
  mkdirSync(folder, { recursive: true })
  install(root, '@waybill/core')
  install(folder, '@waybill/cli')
  expect(missingPackages(folder, 'sqlite')).toEqual(['@waybill/tasklog-sqlite', 'better-sqlite3'])
})

test('a package that was missing a moment ago can be imported once it is installed', async () => {
  const folder = project()
  expect(missingPackages(folder, 'postgres')).toContain('pg')
  install(folder, 'pg')
  expect(missingPackages(folder, 'postgres')).not.toContain('pg')
  const module = await import(/* @vite-ignore */ resolveFrom(folder, 'pg') ?? 'nowhere')
  expect(module.isHere).toBe(true)
})
