import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { TEXTS } from '../checks/snippets-are-current.ts'
import { withCurrentSnippets } from './snippets.ts'

const root = dirname(dirname(import.meta.dirname))

for (const file of TEXTS.flatMap((pattern) =>
  globSync(pattern, { cwd: root, exclude: ['**/node_modules/**'] }),
)) {
  const text = readFileSync(join(root, file), 'utf8')
  const current = withCurrentSnippets(text, root)
  if (current === text) continue
  writeFileSync(join(root, file), current)
  console.log(`${file} is up to date now`)
}
