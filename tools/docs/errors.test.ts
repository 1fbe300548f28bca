import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

it('each error code has a heading with cause and fix, and no heading is left over', () => {
  const source = readFileSync(join(root, 'packages/core/src/errors/waybill-error.ts'), 'utf8')
  const codes = [...source.matchAll(/^ {2}\| '(\w+)'$/gm)].map(([, code]) => code)
  const text = readFileSync(join(root, 'docs/errors.md'), 'utf8')
  const sections = text.split(/^## /m).slice(1)
  expect(codes.length).toBeGreaterThan(15)
  expect(sections.map((section) => section.split('\n')[0])).toEqual(codes)
  for (const section of sections) expect(section).toMatch(/\nCause: [\s\S]+Fix: /)
})
