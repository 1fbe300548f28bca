import { expect, test } from 'vitest'
import { coreStandsAlone } from './core-stands-alone.ts'
import { manifestOf, repository } from './fixture.ts'

const core = (source: string, manifest = {}) =>
  coreStandsAlone(
    repository({
      'packages/core/package.json': manifestOf('core', manifest),
      'packages/core/src/index.ts': source,
      'packages/core/src/index.test.ts': "import 'vitest'\nimport 'node:fs'",
    }),
  )

test('core may import its own files, types, and modules of Node behind a guard', () => {
  const source = `
    import './task.ts'
    import type { AsyncLocalStorage } from 'node:async_hooks'
    const hooks = await import('node:async_hooks').catch(() => undefined)
  `
  expect(core(source, { devDependencies: { zod: '1.0.0' } })).toEqual([])
})

test('the thread that vouches for a busy worker may import what an adapter hands over', () => {
  const root = repository({
    'packages/core/package.json': manifestOf('core'),
    'packages/core/src/worker/pulse-thread.ts': 'await import(module)',
  })
  expect(coreStandsAlone(root)).toEqual([])
})

test.each(['dependencies', 'peerDependencies', 'optionalDependencies'])('core has no %s', (kind) => {
  expect(core('', { [kind]: { zod: '1.0.0' } })).toEqual([
    {
      file: 'packages/core/package.json',
      rule: 'core-stands-alone',
      message: `core has ${kind}; remove them`,
    },
  ])
})

test.each([
  ["import { readFile } from 'node:fs/promises'", 'statically'],
  ["export { readFile } from 'fs/promises'", 'statically'],
  ["import 'zod'", 'nothing outside itself'],
  ["export * from 'zod'", 'nothing outside itself'],
  ["import type { z } from 'zod'", 'nothing outside itself'],
  ["export type Schema = import('zod').ZodType", 'nothing outside itself'],
  ["await import('zod')", 'nothing outside itself'],
  ['await import(name)', 'computed'],
])('core must not say: %s', (source, message) => {
  expect(core(`\n${source}`)).toMatchObject([
    { file: 'packages/core/src/index.ts:2', message: expect.stringContaining(message) },
  ])
})
