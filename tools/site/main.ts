import { copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vitepress'
import { llmsText } from './llms.ts'
import { PICTURES, pagesOf } from './pages.ts'

// Builds the static site into tools/site/dist: pages from the repository's texts, then VitePress over them.
const site = import.meta.dirname
const root = dirname(dirname(site))
const pages = pagesOf(root)
rmSync(join(site, 'pages'), { recursive: true, force: true })
for (const { path, markdown } of pages) write(join('pages', path), markdown)
write('pages/public/llms.txt', llmsText(pages))
cpSync(join(root, 'docs/assets'), join(site, 'pages/public', PICTURES), { recursive: true })
const mermaid = fileURLToPath(new URL('mermaid.min.js', import.meta.resolve('mermaid')))
copyFileSync(mermaid, join(site, 'pages/public/mermaid.min.js'))
await build(site)
// The pages as Markdown, for those who read without a browser.
for (const { path, markdown } of pages) write(join('dist', path), markdown)
console.log(`${pages.length} pages in tools/site/dist`)

function write(file: string, text: string): void {
  mkdirSync(dirname(join(site, file)), { recursive: true })
  writeFileSync(join(site, file), text)
}
