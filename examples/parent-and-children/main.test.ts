import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'

it('a parent ends when its children have, and fails because one did', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'waybill-family-')), 'waybill.db')
  const main = join(import.meta.dirname, 'main.ts')
  const output = execFileSync(process.execPath, [main, file], { encoding: 'utf8' })
  expect(output).toBe(`info: Import 3 files: Failed
  success: All files are on their way
  info: fiction.csv: Completed
    success: 2 of 2 books imported
  info: poetry.csv: Completed
    success: 1 of 2 books imported
      warning: no year: The Waste Land
  info: travel.csv: Failed
    error: travel.csv is empty
`)
})
