import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { diagramOf } from './diagram.ts'
import { sqlOf } from './sql.ts'

/**
 * A code block whose text comes from a file: `<!-- from: examples/hello/hello.ts -->` stands on the line above it, or
 * `<!-- sql: packages/x/src/claim.ts#CLAIM -->` for a statement that a module exports, or `<!-- diagram: packages -->` for
 * who imports whom.
 */
const BLOCK =
  /<!-- (?<kind>from|sql|diagram): (?<path>[^\s#]+)(?:#(?<region>[\w-]+))? -->\n```(?<language>\w+)\n(?<code>[\s\S]*?)```/g

/** A line that only says where a region begins or ends. */
const MARK = /^[ \t]*\/\/ #(region [\w-]+|endregion)\n/gm

const MAKE: Readonly<Record<string, (root: string, path: string, region: string | undefined) => string>> = {
  from: codeOf,
  sql: (root, path, name = '') => sqlOf(root, path, name),
  diagram: (root, path) => diagramOf(root, path),
}

/** The text with every block that names a file as it is in that file now. */
export function withCurrentSnippets(text: string, root: string): string {
  return text.replace(BLOCK, (...match) => {
    const { kind, path = '', region, language } = match.at(-1) as Record<string, string | undefined>
    const name = region === undefined ? path : `${path}#${region}`
    const code = MAKE[kind ?? 'from']?.(root, path, region) ?? ''
    return `<!-- ${kind}: ${name} -->\n\`\`\`${language}\n${code.trim()}\n\`\`\``
  })
}

function codeOf(root: string, path: string, region: string | undefined): string {
  const text = readFileSync(join(root, path), 'utf8')
  return region === undefined ? text.replace(MARK, '') : regionOf(root, path, region)
}

/** What stands between `// #region name` and `// #endregion` in a file. */
function regionOf(root: string, path: string, region: string): string {
  const lines = readFileSync(join(root, path), 'utf8').split('\n')
  const start = lines.findIndex((line) => line.trim() === `// #region ${region}`)
  const length = lines.slice(start + 1).findIndex((line) => line.trim() === '// #endregion')
  if (start < 0 || length < 0) throw new Error(`${path} has no region ${region}`)
  const code = lines.slice(start + 1, start + 1 + length)
  const indent = Math.min(...code.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)))
  return code.map((line) => line.slice(indent)).join('\n')
}
