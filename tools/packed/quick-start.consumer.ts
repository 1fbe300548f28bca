import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { fences, linesOf } from './fences.ts'
import { test } from './project.ts'

const root = dirname(dirname(import.meta.dirname))
const page = readFileSync(join(root, 'docs/quick-start.md'), 'utf8')

test('the quick start works as printed', async ({ project }) => {
  const [install, look] = fences(page, 'sh')
  const [hello = ''] = fences(page, 'ts')
  for (const line of linesOf(install)) await project.run(line)
  project.write('hello.ts', hello)
  expect((await project.run('node hello.ts')).stdout).toBe('Hello, Ada\n')

  const shown: string[] = []
  for (const line of linesOf(look)) {
    const [id = ''] = /[0-9a-f-]{36}/.exec(shown.join('\n')) ?? []
    shown.push((await project.run(line.replace('<id>', id))).stdout)
  }
  expect(shown.at(-1)).toContain('Hello, Ada')
})
