import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from './seeded-bugs/tree.ts'

const SCENARIOS = readFileSync(join(import.meta.dirname, 'scenarios.md'), 'utf8')

it('every rule of the suite that the scenarios name is there', () => {
  const rules = sources('packages/conformance/src/**/*.ts')
  const named = [...SCENARIOS.matchAll(/`([a-z]+-\d{3})`/g)].map(([, id]) => id)
  expect(named.length).toBeGreaterThan(50)
  expect(named.filter((id) => !rules.includes(`'${id}'`))).toEqual([])
})

it('every test file that the scenarios name is there', () => {
  const files = globSync('{packages/*,torture}/**/*.ts', { cwd: ROOT, exclude: ['**/node_modules/**'] })
  const named = [...SCENARIOS.matchAll(/`(?:test\/)?([a-z-]+\.ts|[a-z-]+\.test\.ts)`/g)].map(
    ([, name]) => name,
  )
  expect(named.filter((name) => !files.some((file) => file.endsWith(`/${name}`)))).toEqual([])
})

it('every page that the scenarios name is there', () => {
  const named = [...SCENARIOS.matchAll(/`(docs\/[a-z-]+\.md)`/g)].map(([, page = '']) => page)
  expect(named.filter((page) => !existsSync(join(ROOT, page)))).toEqual([])
})

function sources(pattern: string): string {
  return globSync(pattern, { cwd: ROOT })
    .map((file) => readFileSync(join(ROOT, file), 'utf8'))
    .join('\n')
}
