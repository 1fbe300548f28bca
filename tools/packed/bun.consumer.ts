import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect } from 'vitest'
import { test } from './project.ts'

/** The only platform whose Bun this repository installs. */
const hasBun = process.platform === 'linux' && process.arch === 'x64'

test.runIf(hasBun)('Bun installs the packages and runs a task', async ({ project }) => {
  const bun = createRequire(import.meta.url).resolve('@oven/bun-linux-x64/bin/bun')
  project.write('sum.ts', readFileSync(join(import.meta.dirname, '../runtimes/sum.ts'), 'utf8'))
  await project.run(`${bun} add @waybill/core @waybill/broker-durable @waybill/tasklog-memory`)
  expect((await project.run(`${bun} run sum.ts`)).stdout).toBe('1 + 2: 3\n')
})
