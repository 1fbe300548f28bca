import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { fences, linesOf } from './fences.ts'
import { test } from './project.ts'

const root = dirname(dirname(import.meta.dirname))
const page = readFileSync(join(root, 'docs/write-an-adapter.md'), 'utf8')
const readme = readFileSync(join(root, 'packages/conformance/README.md'), 'utf8')

test('the adapter of the docs gets its verdict outside the workspace, by what the docs say', async ({
  project,
}) => {
  const [adapter = '', initializer = ''] = fences(page, 'ts')
  project.write('journal-task-log.ts', adapter)
  project.write('conformance.ts', initializer)
  for (const line of linesOf(fences(page, 'sh')[0])) {
    const { stdout } = await project.run(line)
    if (line.startsWith('npx')) expect(stdout, line).toMatch(/All \d+ rules that apply are kept\.\s*$/)
  }
  const [sheet] = JSON.parse(project.read('guarantees.json'))
  expect(sheet).toMatchObject({
    adapter: 'journal',
    capabilities: { durable: true },
    rules: { 'settle-003': 'kept' },
  })
  project.write('readme.test.ts', fences(readme, 'ts')[0] ?? '')
  await project.run('npx vitest run')

  project.write('journal-task-log.ts', adapter.replace('read().find(ids)', 'read().find(ids.slice(1))'))
  const verdict = await project.start('npx waybill-conformance ./conformance.ts find').ended
  expect(verdict.exitCode).toBe(1)
  expect(verdict.stdout).toMatch(/find-\d+.*rules are broken, \d+ are kept\./s)
})
