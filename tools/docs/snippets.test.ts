import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { withCurrentSnippets } from './snippets.ts'

const root = mkdtempSync(join(tmpdir(), 'waybill-snippets-'))
mkdirSync(join(root, 'examples'))
writeFileSync(
  join(root, 'examples/a.ts'),
  'const a = 1\n{\n  // #region inner\n  call(a)\n    .then()\n  // #endregion\n}\n',
)

const sql = "const table: string = '{tasks}'\nexport const CLAIM = 'SELECT id FROM ' + table\n"
writeFileSync(join(root, 'examples/sql.ts'), sql)
writeFileSync(join(root, 'package.json'), '{ "type": "module" }')

const fenced = (name: string, code: string): string =>
  `Text\n<!-- from: ${name} -->\n\`\`\`ts\n${code}\n\`\`\`\nmore`

describe('a code block that names a file', () => {
  it('has the text of the file', () => {
    expect(withCurrentSnippets(fenced('examples/a.ts', 'old'), root)).toContain('const a = 1\n{\n')
  })

  it('shows the file without the marks of its regions', () => {
    expect(withCurrentSnippets(fenced('examples/a.ts', 'old'), root)).toContain(
      '{\n  call(a)\n    .then()\n}',
    )
  })

  it('has the text of a region of it, without its indentation', () => {
    const text = withCurrentSnippets(fenced('examples/a.ts#inner', 'old'), root)
    expect(text).toBe(fenced('examples/a.ts#inner', 'call(a)\n  .then()'))
    expect(withCurrentSnippets(text, root)).toBe(text)
  })

  it('fails when there is no such region', () => {
    expect(() => withCurrentSnippets(fenced('examples/a.ts#none', 'old'), root)).toThrow(/no region none/)
  })
})

it('a block of SQL has the statement that a module exports, with the names of the tables', () => {
  const block = (sql: string): string => `<!-- sql: examples/sql.ts#CLAIM -->\n\`\`\`sql\n${sql}\n\`\`\``
  expect(withCurrentSnippets(block('old'), root)).toBe(block('SELECT id FROM waybill_tasks'))
})

it('other code blocks stay as they are', () => {
  const text = '```ts\nconst own = 1\n```'
  expect(withCurrentSnippets(text, root)).toBe(text)
})
