import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

it('imports bird strikes, encodes their costs anew and forgets the old ones', () => {
  const output = execFileSync(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    encoding: 'utf8',
    timeout: 120_000,
  })
  expect(output).toMatch(/import-strikes: 10000 units, checksum \d+, complete: true/)
  expect(output).toMatch(/encode-costs: 10000 units, checksum \d+, complete: true/)
  expect(output).toMatch(/forget-old-strikes: \d+ units, checksum \d+, complete: true/)
  expect(output).toMatch(/strikes: \d+, dollars: \d+/)
}, 180_000)
