import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { anchorsOf, linksOf } from '../docs/markdown.ts'
import type { Problem } from './problem.ts'

const rule = 'links-lead-somewhere'

/** The texts people read. */
const TEXTS: readonly string[] = [
  '*.md',
  'docs/*.md',
  'decisions/*.md',
  'packages/*/README.md',
  'examples/*.md',
  'examples/*/README.md',
  'bench/*.md',
  'torture/*.md',
]

/** Every relative link leads to a file or a folder of the repository, and its anchor to a heading. */
export function linksLeadSomewhere(root: string): Problem[] {
  return TEXTS.flatMap((pattern) => globSync(pattern, { cwd: root }))
    .sort()
    .flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8')
      return linksOf(text).flatMap(({ target, line }) => {
        const message = /^[a-z]+:/.test(target) ? null : explain(root, file, target)
        return message === null ? [] : [{ file: `${file}:${line}`, rule, message }]
      })
    })
}

function explain(root: string, file: string, target: string): string | null {
  const [path = '', anchor] = target.split('#')
  const place = path === '' ? join(root, file) : join(root, dirname(file), path)
  if (relative(root, place).startsWith('..')) return `"${target}" leaves the repository`
  if (!existsSync(place)) return `"${target}" leads nowhere`
  if (anchor === undefined || statSync(place).isDirectory() || !place.endsWith('.md')) return null
  return anchorsOf(readFileSync(place, 'utf8')).has(anchor) ? null : `"${target}" names no heading`
}
