import { expect, test } from 'vitest'
import { manifestOf, repository } from '../checks/fixture.ts'
import { llmsText } from './llms.ts'
import { pagesOf } from './pages.ts'

const OVERVIEW =
  '# Docs\n\n## Use\n\n- [A page](page.md): what it is for\n- [Core](../packages/core/README.md)\n'
const PAGE = `# A page

It tells of \`that\`, see
[core](../packages/core/README.md#use).

![f](assets/f.svg) [a](#here) [b](../decisions/README.md) [c](../packages/core) [d](../packages/core/src/index.ts) [e](https://example.org)
`

const site = (page = PAGE) =>
  pagesOf(
    repository({
      'README.md': '# Waybill\n\nA queue.\n',
      'CONTRIBUTING.md': '# Contributing\n',
      'docs/README.md': OVERVIEW,
      'docs/page.md': page,
      'decisions/README.md': '# Decisions\n',
      'packages/core/package.json': manifestOf('core'),
      'docs/assets/f.svg': '<svg/>',
      'packages/core/README.md': '# Core\n## Use\n',
      'packages/core/src/index.ts': '/** One. */\nexport const one = 1',
    }),
  )

test('links between texts lead to pages, all others to where the repository is shown', () => {
  const page = site().find(({ path }) => path === 'page.md')
  expect(page?.summary).toBe('It tells of `that`, see core.')
  expect(page?.markdown).toContain('[core](/packages/core.md#use)')
  expect(page?.markdown).toContain(
    '![f](/pictures/f.svg) [a](#here) [b](/decisions/index.md) [c](/packages/core.md)',
  )
  expect(page?.markdown).toContain(
    '[d](https://github.com/waybill-queue/waybill/blob/main/packages/core/src/index.ts)',
  )
  expect(page?.markdown).toContain('[e](https://example.org)')
})

test('a link that leads nowhere is an error', () => {
  expect(() => site('[x](none.md)')).toThrow('docs/page.md: "none.md" leads nowhere')
})

test('language models get a table of contents with what each page is for', () => {
  expect(llmsText(site())).toBe(`# Waybill

> A queue.

## Use

- [A page](/page.md): what it is for
- [Core](/packages/core.md)

## Packages

- [core](/packages/core.md)

## API

- [core](/api/core.md): Every export of \`@waybill/core\`, from its docstrings.
`)
})
