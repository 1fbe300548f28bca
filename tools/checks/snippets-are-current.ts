import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { withCurrentSnippets } from '../docs/snippets.ts'
import type { Problem } from './problem.ts'

const rule = 'snippets-are-current'

/** The texts that may take code from files. */
export const TEXTS: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/**/*.md',
  'packages/*/README.md',
  'examples/*/README.md',
]

/** TypeScript that names no file it comes from. */
const UNSOURCED = /(?<!-->\n)^```ts$/m

/** Code in texts is the code of files that run; `node tools/docs/write-snippets.ts` brings it up to date. */
export function snippetsAreCurrent(root: string): Problem[] {
  return TEXTS.flatMap((pattern) =>
    globSync(pattern, { cwd: root, exclude: ['**/node_modules/**'] }),
  ).flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const messages = [
      ...(UNSOURCED.test(text) ? ['has TypeScript that comes from no file'] : []),
      ...(withCurrentSnippets(text, root) === text
        ? []
        : ['has code that differs from its file: node tools/docs/write-snippets.ts']),
    ]
    return messages.map((message) => ({ file, rule, message }))
  })
}
