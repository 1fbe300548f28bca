import { expect, test } from 'vitest'
import { repository } from './fixture.ts'
import { snippetsAreCurrent } from './snippets-are-current.ts'

test('code in a text is the code of its file', () => {
  const block = (code: string): string => `<!-- from: a.ts -->\n\`\`\`ts\n${code}\n\`\`\`\n`
  const root = (code: string): string => repository({ 'a.ts': 'run()\n', 'README.md': block(code) })
  expect(snippetsAreCurrent(root('run()'))).toEqual([])
  expect(snippetsAreCurrent(root('walk()'))).toMatchObject([{ file: 'README.md' }])
})
