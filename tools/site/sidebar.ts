import type { Page } from './pages.ts'

/** One group of links. */
export interface SidebarGroup {
  readonly text: string
  readonly collapsed: boolean
  readonly items: readonly { readonly text: string; readonly link: string; readonly summary: string }[]
}

const ITEM = /^- \[([^\]]+)\]\(\/([^)]+)\.md\)(?:: (.*))?$/gm

/** The sections of the overview, then packages and their references. */
export function sidebarOf(pages: readonly Page[]): readonly SidebarGroup[] {
  const overview = pages.find(({ path }) => path === 'overview.md')?.markdown ?? ''
  const groups = overview.split(/^## /m).slice(1)
  return [
    ...groups.map((text) => ({
      text: text.split('\n')[0] ?? '',
      collapsed: false,
      items: [...text.matchAll(ITEM)].map(([, name = '', link = '', summary = '']) => ({
        text: name,
        link: `/${link.replace(/index$/, '')}`,
        summary,
      })),
    })),
    within(pages, 'Packages', 'packages/'),
    within(pages, 'API', 'api/'),
  ]
}

function within(pages: readonly Page[], text: string, folder: string): SidebarGroup {
  const items = pages
    .filter(({ path }) => path.startsWith(folder))
    .map(({ path, summary }) => {
      const place = path.replace('.md', '')
      return { text: place.replace(folder, ''), link: `/${place}`, summary }
    })
  return { text, collapsed: true, items }
}
