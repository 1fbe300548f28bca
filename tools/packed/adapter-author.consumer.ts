import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { test } from './project.ts'

const root = dirname(dirname(import.meta.dirname))
const journal = join(root, 'examples/adapter-journal')
const readme = readFileSync(join(root, 'packages/conformance/README.md'), 'utf8')

/** What stands in a README's fences of a language. */
function fences(text: string, language: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, code = '']) => code,
  )
}

test('an adapter outside the workspace gets its verdict by what the README says', async ({ project }) => {
  const [testFile = ''] = fences(readme, 'ts')
  const [install = '', commands = ''] = fences(readme, 'sh')
  const adapter = readFileSync(join(journal, 'journal-task-log.ts'), 'utf8')
  const initializer = readFileSync(join(journal, 'conformance.ts'), 'utf8')
  await project.run('npm init -y')
  project.write('journal-task-log.ts', adapter)
  project.write('my-adapter.ts', initializer)
  project.write('my-adapter.test.ts', testFile)
  await project.run(`npm install @waybill/core @waybill/tasklog-memory`)
  await project.run(install.trim().split('\n').join(' && '))

  for (const line of commands.trim().split('\n')) {
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
