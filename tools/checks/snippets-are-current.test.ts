import { expect, test } from 'vitest'
import { repository } from './fixture.ts'
import { snippetsAreCurrent } from './snippets-are-current.ts'

test('code in a text is the code of its file', () => {
  const block = (code: string): string => `<!-- from: a.ts -->\n\`\`\`ts\n${code}\n\`\`\`\n`
  const root = (code: string): string => repository({ 'a.ts': 'run()\n', 'README.md': block(code) })
  expect(snippetsAreCurrent(root('run()'))).toEqual([])
  expect(snippetsAreCurrent(root('walk()'))).toMatchObject([{ file: 'README.md' }])
})

test('TypeScript in a text names its file; other languages need not', () => {
  const root = (fence: string): string => repository({ 'README.md': `\`\`\`${fence}\nrun()\n\`\`\`\n` })
  expect(snippetsAreCurrent(root('ts'))).toMatchObject([
    { message: 'has TypeScript that comes from no file' },
  ])
  expect(snippetsAreCurrent(root('js'))).toEqual([])
})
