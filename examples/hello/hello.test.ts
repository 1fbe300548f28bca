import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'

it('greets', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'waybill-hello-'))
  const output = execFileSync(process.execPath, [join(import.meta.dirname, 'hello.ts')], {
    cwd,
    encoding: 'utf8',
  })
  expect(output).toBe('Hello, Ada\n')
})
