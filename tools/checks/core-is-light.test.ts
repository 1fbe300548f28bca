import { expect, test } from 'vitest'
import { coreIsLight, weighCore } from './core-is-light.ts'
import { repository } from './fixture.ts'

test('a light core passes, a large or slow one does not', () => {
  expect(coreIsLight({ bytes: 20_000, importMs: 5 })).toEqual([])
  expect(coreIsLight({ bytes: 25_600, importMs: 5 })).toMatchObject([
    { message: expect.stringContaining('bytes') },
  ])
  expect(coreIsLight({ bytes: 20_000, importMs: 20 })).toMatchObject([
    { message: expect.stringContaining('ms') },
  ])
  expect(coreIsLight({ bytes: 20_000, importMs: Number.NaN })).toHaveLength(1)
})

test('the weight is of everything that is imported, minified and compressed', {
  timeout: 30_000,
}, async () => {
  const small = await weighCore(core('export const answer = 42 // a comment that costs nothing'))
  const large = await weighCore(core(`${random(5000)}; await new Promise((done) => setTimeout(done, 40))`))
  expect(small.bytes).toBeLessThan(100)
  expect(large.bytes).toBeGreaterThan(5000)
  expect(large.importMs).toBeGreaterThan(small.importMs + 20)
})

function core(source: string): string {
  return repository({
    'package.json': { type: 'module' },
    'packages/core/dist/index.js': "export * from './rest.js'",
    'packages/core/dist/rest.js': source,
  })
}

function random(bytes: number): string {
  const words = Array.from({ length: bytes / 5 }, () => Math.random().toString(36).slice(2, 10))
  return `export const words = ${JSON.stringify(words)}`
}
