import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { CONFIG_NAMES, findConfig } from './find-config.ts'

function tree(...files: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-find-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const file of files) {
    mkdirSync(join(folder, file, '..'), { recursive: true })
    writeFileSync(join(folder, file), file.endsWith('package.json') ? '{"workspaces":["packages/*"]}' : '')
  }
  return folder
}

test.each(CONFIG_NAMES)('%s is a configuration', (name) => {
  const folder = tree(name)
  expect(findConfig(folder)).toBe(join(folder, name))
})

test('TypeScript goes before JavaScript, the folder before those above it', () => {
  const folder = tree('waybill.config.json', 'waybill.config.ts', 'app/waybill.config.mjs')
  expect(findConfig(folder)).toBe(join(folder, 'waybill.config.ts'))
  expect(findConfig(join(folder, 'app'))).toBe(join(folder, 'app/waybill.config.mjs'))
})

test('it is looked for up to the root of the workspace, and not above', () => {
  const folder = tree('waybill.config.ts', 'work/package.json', 'work/waybill.config.js', 'work/packages/a/x')
  expect(findConfig(join(folder, 'work/packages/a'))).toBe(join(folder, 'work/waybill.config.js'))
  const other = tree('waybill.config.ts', 'work/pnpm-workspace.yaml', 'work/packages/a/x')
  expect(findConfig(join(other, 'work/packages/a'))).toBeUndefined()
})
