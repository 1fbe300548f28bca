import { IN_CORE } from './in-core.ts'
import { IN_MYSQL } from './in-mysql.ts'
import { IN_POSTGRES } from './in-postgres.ts'
import { IN_SQLITE } from './in-sqlite.ts'
import type { SeededBug } from './seeded-bug.ts'

/** All mistakes that are planted. */
export const SEEDED_BUGS: readonly SeededBug[] = [...IN_CORE, ...IN_SQLITE, ...IN_POSTGRES, ...IN_MYSQL]

/** Where a bug is planted, and what it is. */
export function titleOf({ name, patches }: SeededBug): string {
  const [patch] = patches
  return `${patch?.file.replace('packages/', '').replace('src/', '')}: ${name}`
}
