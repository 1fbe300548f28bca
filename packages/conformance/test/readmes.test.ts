import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withGuaranteeTable } from '../src/index.ts'

const packages = join(import.meta.dirname, '../..')

// The sheets are written, and compared with what was found, by the conformance tests of each adapter.
test.each(globSync('*/guarantees.json', { cwd: packages }))(
  'a README says what its adapter guarantees: %s',
  async (sheet) => {
    const readme = join(packages, sheet, '../README.md')
    const guarantees = JSON.parse(readFileSync(join(packages, sheet), 'utf8'))
    await expect(withGuaranteeTable(readFileSync(readme, 'utf8'), guarantees)).toMatchFileSnapshot(readme)
  },
)
