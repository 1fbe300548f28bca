import { expect, test } from 'vitest'
import { anchorOf, anchorsOf, linksOf, replaceLinks } from './markdown.ts'

const TEXT = `# A \`code\` title

See [this](a.md#b) and ![that](c.svg), not \`[x](code.md)\`.

\`\`\`ts
const link = '[y](fence.md)'
\`\`\`

## A "quoted" word: [link](d.md)
## Twice
## Twice
`

test('links are found outside of code, with their lines', () => {
  expect(linksOf(TEXT)).toEqual([
    { target: 'a.md#b', line: 3 },
    { target: 'c.svg', line: 3 },
    { target: 'd.md', line: 9 },
  ])
})

test('their targets are replaced, and nothing else', () => {
  const text = replaceLinks(TEXT, (target) => target.toUpperCase())
  expect(text).toContain('[this](A.MD#B) and ![that](C.SVG), not `[x](code.md)`')
  expect(replaceLinks(text, (target) => target.toLowerCase())).toBe(TEXT)
})

test('headings have the anchors that GitHub gives them', () => {
  expect([...anchorsOf(TEXT)]).toEqual(['a-code-title', 'a-quoted-word-link', 'twice', 'twice-1'])
  expect(anchorOf('What "once" needs of you')).toBe('what-once-needs-of-you')
})
