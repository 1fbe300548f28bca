import { createRequire } from 'node:module'
import { join } from 'node:path'

/** A statement that a module of an adapter exports, or its schema's steps, with the names its tables have by default. */
export function sqlOf(root: string, path: string, name: string): string {
  const file = join(root, path)
  const value: unknown = createRequire(file)(file)[name]
  if (typeof value !== 'string' && !Array.isArray(value))
    throw new Error(`${path} exports no statement ${name}`)
  const sql =
    typeof value === 'string' ? value : value.map((step: { readonly sql: string }) => step.sql).join('\n')
  return sql.replace(/\{(tasks|workers|queues|schema)\}/g, 'waybill_$1').replaceAll('{prefix}', 'waybill_')
}
