import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The names a configuration may have, the first one goes first. */
export const CONFIG_NAMES = [
  'waybill.config.ts',
  'waybill.config.mts',
  'waybill.config.js',
  'waybill.config.mjs',
  'waybill.config.json',
] as const

/** The configuration of a folder or of one above it, up to the root of the workspace; undefined when there is none. */
export function findConfig(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const found = CONFIG_NAMES.map((name) => join(at, name)).find((file) => existsSync(file))
    if (found !== undefined || isWorkspaceRoot(at) || dirname(at) === at) return found
  }
}

const ROOT_MARKS = ['pnpm-workspace.yaml', '.git', 'lerna.json', 'rush.json', 'nx.json', 'turbo.json']

/** Whether a folder is where a project ends: nothing above it concerns what is in it. */
export function isWorkspaceRoot(folder: string): boolean {
  if (ROOT_MARKS.some((name) => existsSync(join(folder, name)))) return true
  const manifest = join(folder, 'package.json')
  if (!existsSync(manifest)) return false
  try {
    return 'workspaces' in JSON.parse(readFileSync(manifest, 'utf8'))
  } catch {
    return false
  }
}
