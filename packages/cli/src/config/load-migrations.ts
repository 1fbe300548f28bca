import type { AnyMigration } from '@waybill/migration'
import { exportsOfPattern } from './exports-of-pattern.ts'
import type { LoadedConfig } from './load-config.ts'

/**
 * The migrations of a configuration: those it lists, and those that the files it names export.
 * @throws UsageError when a pattern finds no file, or a file cannot be loaded
 */
export async function loadMigrations({ config, folder }: LoadedConfig): Promise<readonly AnyMigration[]> {
  const named: readonly (string | AnyMigration)[] = [config.migrations ?? []].flat()
  const found = named.map(async (each) =>
    typeof each === 'string' ? await exportsOfPattern('migrations', each, folder, isMigration) : [each],
  )
  return (await Promise.all(found)).flat()
}

/** What `defineMigration` makes. */
function isMigration(value: unknown): value is AnyMigration {
  if (typeof value !== 'object' || value === null) return false
  const { name, source, process } = value as Readonly<Record<string, unknown>>
  return typeof name === 'string' && typeof source === 'object' && typeof process === 'object'
}
