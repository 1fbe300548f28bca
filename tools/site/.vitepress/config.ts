import { dirname, join } from 'node:path'
import { defineConfig } from 'vitepress'
import { anchorOf } from '../../docs/markdown.ts'
import { pagesOf, REPOSITORY } from '../pages.ts'
import { sidebarOf } from '../sidebar.ts'

const site = dirname(import.meta.dirname)
const sidebar = sidebarOf(pagesOf(dirname(dirname(site))))

export default defineConfig({
  title: 'Waybill',
  description: 'A task queue for TypeScript whose first-class object is the record of every task.',
  srcDir: 'pages',
  outDir: join(site, 'dist'),
  cleanUrls: true,
  // A link that leads nowhere fails the build.
  ignoreDeadLinks: false,
  markdown: {
    anchor: { slugify: anchorOf },
    config(markdown) {
      const fence = markdown.renderer.rules.fence
      markdown.renderer.rules.fence = (tokens, index, ...rest) => {
        const token = tokens[index]
        return token?.info === 'mermaid'
          ? `<Mermaid code="${encodeURIComponent(token.content)}" />`
          : (fence?.(tokens, index, ...rest) ?? '')
      }
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      { text: 'Quick start', link: '/quick-start' },
      { text: 'Docs', link: '/overview' },
      { text: 'API', link: '/api/core' },
    ],
    sidebar: sidebar.map(({ items, ...group }) => ({ ...group, items: [...items] })),
    socialLinks: [{ icon: 'github', link: REPOSITORY }],
  },
})
