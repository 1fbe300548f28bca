import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SEEDED_BUGS, titleOf } from './bugs.ts'
import { patched, ROOT } from './tree.ts'

describe('a seeded bug', () => {
  it('is one of at least thirty, none of them twice', () => {
    expect(new Set(SEEDED_BUGS.map(titleOf)).size).toBe(SEEDED_BUGS.length)
    expect(SEEDED_BUGS.length).toBeGreaterThanOrEqual(30)
  })

  it.each(SEEDED_BUGS.map((bug) => [titleOf(bug), bug] as const))(
    'can be planted in the sources as they are: %s',
    (_, { patches }) => {
      const texts = new Map<string, string>()
      for (const patch of patches) {
        const text = texts.get(patch.file) ?? readFileSync(join(ROOT, patch.file), 'utf8')
        texts.set(patch.file, patched(text, patch))
      }
      expect(texts.size).toBeGreaterThan(0)
    },
  )
})
