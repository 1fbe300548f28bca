import type { DatabaseKind } from '../../config/adapters.ts'

/** What a new configuration calls its files' ending: `ts`, or `mts` where `.ts` would be CommonJS. */
export type Ending = 'ts' | 'mts'

const URLS: Readonly<Record<DatabaseKind, string>> = {
  sqlite: "  url: 'sqlite:waybill.db',",
  postgres: '  // postgres://user:password@host:5432/database\n  url: process.env.DATABASE_URL,',
  mysql: '  // mysql://user:password@host:3306/database\n  url: process.env.DATABASE_URL,',
}

/** The text of a new configuration. */
export function configTemplate(database: DatabaseKind, ending: Ending): string {
  return `import { defineConfig } from '@waybill/cli'

export default defineConfig({
${URLS[database]}
  tasks: './tasks/*.${ending}',
})
`
}

/** The text of a first task. */
export const TASK_TEMPLATE = `import { defineTask, Report } from '@waybill/core'

export const hello = defineTask<{ name: string }>({
  name: 'hello',
  async run({ name }, context) {
    context.log.info(\`Greeting \${name}\`)
    return Report.success(\`Hello, \${name}!\`)
  },
})
`

/** The text of a manifest where there is none. */
export function manifestTemplate(name: string): string {
  return `${JSON.stringify({ name, private: true, type: 'module' }, null, 2)}\n`
}
