import { expect, test } from 'vitest'
import { repository } from './fixture.ts'
import { linksLeadSomewhere } from './links-lead-somewhere.ts'

const check = (text: string) =>
  linksLeadSomewhere(
    repository({
      'README.md': '# Title\n## A heading\n',
      'docs/page.md': `# Page\n${text}\n`,
      'packages/core/src/index.ts': '',
    }),
  )

test('links to files, folders and headings are accepted, and those to elsewhere are not looked at', () => {
  const text = '[a](../README.md#a-heading) [b](../packages/core) [c](#page) [d](https://example.org/x)'
  expect(check(text)).toEqual([])
})

test.each([
  ['[a](other.md)', 'leads nowhere'],
  ['[a](../README.md#nothing)', 'names no heading'],
  ['[a](#nothing)', 'names no heading'],
  ['[a](../../elsewhere.md)', 'leaves the repository'],
])('a broken link is refused: %s', (text, message) => {
  expect(check(text)).toMatchObject([{ file: 'docs/page.md:2', message: expect.stringContaining(message) }])
})
