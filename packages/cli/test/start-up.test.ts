import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sqliteProject } from './project.ts'

const NODE_FLAGS = ['--import', join(import.meta.dirname, 'record-modules.ts')]

test('a command loads what it needs and no more', async () => {
  const project = await sqliteProject()
  const packagesOf = async (...args: readonly string[]): Promise<readonly string[]> => {
    const MODULES_FILE = join(project.folder, 'modules.json')
    const options = { nodeFlags: NODE_FLAGS, environment: { MODULES_FILE } }
    expect(await project.waybill(args, options)).toMatchObject({ exitCode: 0 })
    return JSON.parse(readFileSync(MODULES_FILE, 'utf8'))
  }
  expect(await packagesOf('--help')).toEqual(['@waybill/cli', 'commander', 'picocolors'])
  const list = await packagesOf('tasks', 'list')
  expect(list.filter((name) => name.startsWith('@waybill/'))).toEqual([
    '@waybill/cli',
    '@waybill/core',
    '@waybill/tasklog-sqlite',
  ])
  const others = ['pg', 'mysql2', 'jiti', '@clack/prompts', 'csv-stringify', 'csv-parse']
  expect(list.filter((name) => others.includes(name))).toEqual([])
})
