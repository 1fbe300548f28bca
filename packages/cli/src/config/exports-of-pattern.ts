import { glob } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { UsageError } from '../errors/cli-error.ts'
import { importModule } from './import-module.ts'

/**
 * What the files of a pattern export, of one kind.
 *
 * @param setting names the setting in errors
 * @throws UsageError when the pattern finds no file, or a file cannot be loaded
 */
export async function exportsOfPattern<Kind>(
  setting: string,
  pattern: string,
  folder: string,
  isKind: (value: unknown) => value is Kind,
): Promise<readonly Kind[]> {
  const files: string[] = []
  for await (const file of glob(pattern, { cwd: folder, exclude: isNoSource })) {
    if (!isNoSource(file)) files.push(join(folder, file))
  }
  if (files.length === 0) throw new UsageError(`${setting}: no file in ${folder} matches ${pattern}`)
  const all = await Promise.all(files.sort().map((file) => exportsOf(setting, file, relative(folder, file))))
  return all.flat().filter(isKind)
}

async function exportsOf(setting: string, file: string, name: string): Promise<readonly unknown[]> {
  try {
    return Object.values(await importModule(file))
  } catch (cause) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
    throw new UsageError(`${setting}: ${name} cannot be loaded: ${reason}`, { cause })
  }
}

function isNoSource(file: string): boolean {
  return /(^|[\\/])node_modules([\\/]|$)|\.d\.[mc]?ts$|\.(test|spec)\.[mc]?[jt]sx?$/.test(file)
}
