import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Installed in the copy alone: nothing else needs it. */
const STRYKER = ['core', 'vitest-runner'].map((name) => `@stryker-mutator/${name}@10.1.1`)

const root = dirname(dirname(import.meta.dirname))

/**
 * Changes the sources one small step at a time, in a copy of the working tree, and tells which changes no test minds.
 * Words are files to change instead of those in the configuration.
 */
const copy = mkdtempSync(join(tmpdir(), 'waybill-mutation-'))
const run = (program: string, ...args: string[]): void => {
  execFileSync(program, args, { cwd: copy, stdio: 'inherit' })
}
try {
  const listed = ['ls-files', '--cached', '--others', '--exclude-standard', '-z']
  const files = execFileSync('git', listed, { cwd: root, encoding: 'utf8' }).split('\0')
  for (const file of files.filter((each) => each !== '' && existsSync(join(root, each)))) {
    cpSync(join(root, file), join(copy, file))
  }
  run('pnpm', 'add', '--workspace-root', '--save-dev', '--silent', ...STRYKER)
  const mutate = process.argv.slice(2).flatMap((file) => ['--mutate', file])
  run('node_modules/.bin/stryker', 'run', 'tools/mutation/stryker.config.json', ...mutate)
} finally {
  rmSync(copy, { recursive: true })
}
