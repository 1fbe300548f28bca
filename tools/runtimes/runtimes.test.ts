import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const script = join(import.meta.dirname, 'sum.ts')
const { resolve } = createRequire(import.meta.url)

/** The binaries come from npm packages for this platform; elsewhere there are none. */
const runtimes: readonly {
  readonly name: string
  readonly binary: string
  readonly arguments: readonly string[]
}[] = [
  { name: 'Bun', binary: '@oven/bun-linux-x64/bin/bun', arguments: ['run'] },
  { name: 'Deno', binary: '@deno/linux-x64-glibc/deno', arguments: ['run', '--allow-all', '--no-lock'] },
]
const isLinux = process.platform === 'linux' && process.arch === 'x64'
if (!isLinux)
  console.log('Bun and Deno are tested on Linux x64 only: this package installs no other binaries.')

it.each(isLinux ? runtimes : [])('core runs tasks on $name', ({ binary, arguments: words }) => {
  const output = execFileSync(resolve(binary), [...words, script], { encoding: 'utf8' })
  expect(output).toBe('1 + 2: 3\n')
})
