import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, posix, relative } from 'node:path'
import { publishedPackages } from '../checks/workspace.ts'
import { replaceLinks } from '../docs/markdown.ts'
import { apiPage } from './api.ts'

/** One page of the site. */
export interface Page {
  /** Below the site's root, such as `packages/core.md`. */
  readonly path: string
  readonly title: string
  /** The first paragraph, as plain text. */
  readonly summary: string
  readonly markdown: string
}

/** Where files are shown that are no page of the site. */
export const REPOSITORY = 'https://github.com/waybill-queue/waybill'

/** Where the site has what lies in `docs/assets`; its own `assets` are VitePress's. */
export const PICTURES = 'pictures'

/** The texts of the repository that become pages, and where. */
function sources(root: string): ReadonlyMap<string, string> {
  const paths = new Map([
    ['README.md', 'index.md'],
    ['CONTRIBUTING.md', 'contributing.md'],
    ['docs/README.md', 'overview.md'],
    ['decisions/README.md', 'decisions/index.md'],
  ])
  for (const { folder, shortName } of publishedPackages(root)) {
    paths.set(`${folder}/README.md`, `packages/${shortName}.md`)
  }
  for (const file of globSync('{docs,decisions}/*.md', { cwd: root }).sort()) {
    if (!paths.has(file)) paths.set(file, file.replace('docs/', ''))
  }
  return paths
}

/** All pages, the API reference among them. */
export function pagesOf(root: string): readonly Page[] {
  const paths = sources(root)
  const pages = [...paths].map(([source, path]) => {
    const text = readFileSync(join(root, source), 'utf8')
    return pageOf(path, withSiteLinks(root, source, text, paths))
  })
  const api = publishedPackages(root).map(({ shortName }) =>
    pageOf(`api/${shortName}.md`, apiPage(root, shortName)),
  )
  return [...pages, ...api]
}

function pageOf(path: string, markdown: string): Page {
  const title = /^# (.+)$/m.exec(markdown)?.[1] ?? basename(path, '.md')
  const summary = firstParagraph(markdown)
  return { path, title, summary, markdown }
}

function firstParagraph(markdown: string): string {
  const [, text = ''] = /^# .+\n\n((?:(?!```|<!--|#|\||- |> ).+\n)+)/m.exec(markdown) ?? []
  return text
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\s+/g, ' ')
    .trim()
}

/** Links to pages lead to pages; links to other files of the repository lead to where the repository is shown. */
function withSiteLinks(
  root: string,
  source: string,
  text: string,
  paths: ReadonlyMap<string, string>,
): string {
  return replaceLinks(text, (target) => {
    if (/^[a-z]+:|^#/.test(target)) return target
    const [path = '', anchor] = target.split('#')
    const file = posix.normalize(posix.join(dirname(source), path))
    const page = paths.get(file) ?? paths.get(posix.join(file, 'README.md'))
    const hash = anchor === undefined ? '' : `#${anchor}`
    if (page !== undefined) return `/${page}${hash}`
    if (file.startsWith('docs/assets/')) return `/${PICTURES}/${basename(file)}`
    const place = join(root, file)
    if (!existsSync(place)) throw new Error(`${source}: "${target}" leads nowhere`)
    const kind = statSync(place).isDirectory() ? 'tree' : 'blob'
    return `${REPOSITORY}/${kind}/main/${relative(root, place)}${hash}`
  })
}
