import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '../seeded-bugs/tree.ts'

it('no package has a failpoint in what it publishes, or knows the harness', () => {
  const files = globSync('packages/*/{src/**/*.ts,package.json}', { cwd: ROOT })
  expect(files.length).toBeGreaterThan(100)
  const telling = /failpoint|waybill\/torture/i
  expect(files.filter((file) => telling.test(readFileSync(join(ROOT, file), 'utf8')))).toEqual([])
})
