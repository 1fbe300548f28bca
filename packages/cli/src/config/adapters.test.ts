import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { UsageError } from '../errors/cli-error.ts'
import { ADAPTERS, databaseOf } from './adapters.ts'
import { detectPackageManager, installCommand, runCommand } from './package-manager.ts'

test.each([
  ['sqlite:waybill.db', 'sqlite'],
  ['file:a.db', 'sqlite'],
  ['postgres://h/d', 'postgres'],
  ['postgresql://h/d', 'postgres'],
  ['mysql://h/d', 'mysql'],
  ['mariadb://h/d', 'mysql'],
] as const)('%s is of %s', (url, kind) => {
  expect(databaseOf(url)).toBe(kind)
})

test('any other URL is refused without being told', () => {
  expect(() => databaseOf('redis://me:s3cr3t-CANARY@h')).toThrow(
    new UsageError('url: expected sqlite:FILE, postgres://… or mysql://…, got redis:'),
  )
  expect(() => databaseOf('waybill.db')).toThrow(/got one without a scheme/)
})

test.each([
  ['sqlite:a.db', '/project/a.db'],
  ['sqlite:./data/a.db', '/project/data/a.db'],
  ['sqlite://a.db', '/project/a.db'],
  ['sqlite:///var/a.db', '/var/a.db'],
  ['sqlite:/var/a.db', '/var/a.db'],
  ['file:///var/my%20log.db', '/var/my log.db'],
  ['sqlite::memory:', ':memory:'],
])('%s is the file %s', (url, file) => {
  expect(ADAPTERS.sqlite.source(url, '/project')).toEqual({ file })
})

test('sqlite: without a file is refused', () => {
  expect(() => ADAPTERS.sqlite.source('sqlite:', '/project')).toThrow(/expected a file after sqlite:/)
})

test.each([
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['package-lock.json', 'npm'],
] as const)('%s tells that it is %s, whoever started us', (lockfile, manager) => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-manager-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'pnpm-workspace.yaml'), '')
  expect(detectPackageManager(folder, 'yarn/4.0.0 npm/? node/v24')).toBe('yarn')
  expect(detectPackageManager(folder, undefined)).toBe('npm')
  writeFileSync(join(folder, lockfile), '')
  expect(detectPackageManager(folder, 'npm/11.0.0 node/v24')).toBe(manager)
})

test('commands are written as the package manager wants them', () => {
  expect(installCommand('npm', ['a', 'b'])).toBe('npm install a b')
  expect(installCommand('pnpm', ['a'])).toBe('pnpm add a')
  expect(runCommand('npm', 'waybill worker')).toBe('npx waybill worker')
  expect(runCommand('bun', 'waybill worker')).toBe('bunx waybill worker')
})
