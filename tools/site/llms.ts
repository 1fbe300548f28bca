import type { Page } from './pages.ts'
import { sidebarOf } from './sidebar.ts'

/** A table of contents for language models: https://llmstxt.org. Each page is there as Markdown, too. */
export function llmsText(pages: readonly Page[]): string {
  const summary = pages.find(({ path }) => path === 'index.md')?.summary ?? ''
  const groups = sidebarOf(pages).map(({ text, items }) => {
    const lines = items.map((item) => {
      const path = `${item.link}${item.link.endsWith('/') ? 'index' : ''}.md`
      return `- [${item.text}](${path})${item.summary === '' ? '' : `: ${item.summary}`}`
    })
    return `## ${text}\n\n${lines.join('\n')}`
  })
  return `${['# Waybill', `> ${summary}`, ...groups].join('\n\n')}\n`
}
