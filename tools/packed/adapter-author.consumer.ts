import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { fences, linesOf } from './fences.ts'
import { test } from './project.ts'

const root = dirname(dirname(import.meta.dirname))
const journal = join(root, 'examples/adapter-journal')
const readme = readFileSync(join(root, 'packages/conformance/README.md'), 'utf8')

test('an adapter outside the workspace gets its verdict by what the README says', async ({ project }) => {
  const [testFile = ''] = fences(readme, 'ts')
  const [install, commands] = fences(readme, 'sh')
  const adapter = readFileSync(join(journal, 'journal-task-log.ts'), 'utf8')
  const initializer = readFileSync(join(journal, 'conformance.ts'), 'utf8')
  await project.run('npm init -y')
  project.write('journal-task-log.ts', adapter)
  project.write('my-adapter.ts', initializer)
  project.write('my-adapter.test.ts', testFile)
  await project.run(`npm install @waybill/core @waybill/tasklog-memory`)
  for (const line of linesOf(install)) await project.run(line)

  for (const line of linesOf(commands)) {
    const { stdout } = await project.run(line)
    expect(stdout, line).toMatch(/All \d+ rules that apply are kept\.\s*$/)
  }
  const [sheet] = JSON.parse(project.read('guarantees.json'))
  expect(sheet).toMatchObject({
    adapter: 'journal',
    capabilities: { durable: true },
    rules: { 'settle-003': 'kept' },
  })
  await project.run('npx vitest run')

  const forgetful = adapter.replace('read().find(ids)', 'read().find(ids.slice(1))')
  project.write('journal-task-log.ts', forgetful)
  const verdict = await project.start('npx waybill-conformance ./my-adapter.ts find').ended
  expect(verdict.exitCode).toBe(1)
  expect(verdict.stdout).toMatch(/find-\d+.*rules are broken, \d+ are kept\./s)
})
