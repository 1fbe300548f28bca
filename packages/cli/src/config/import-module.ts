import { pathToFileURL } from 'node:url'

/** What a module exports. */
export type ModuleExports = Readonly<Record<string, unknown>>

/** Imports a file of the user's. TypeScript goes through jiti only where Node cannot leave out the types by itself. */
export async function importModule(file: string): Promise<ModuleExports> {
  if (!/\.[mc]?ts$/.test(file)) return await importNatively(file)
  if (!process.features.typescript) return await importByJiti(file)
  try {
    return await importNatively(file)
  } catch (error) {
    if (!needsCompiler(error)) throw error
    return await importByJiti(file)
  }
}

async function importNatively(file: string): Promise<ModuleExports> {
  const more = file.endsWith('.json') ? { with: { type: 'json' } } : undefined
  return (await import(pathToFileURL(file).href, more)) as ModuleExports
}

async function importByJiti(file: string): Promise<ModuleExports> {
  const { createJiti } = await import('jiti')
  return await createJiti(import.meta.url, { interopDefault: false }).import<ModuleExports>(file)
}

/** Enums, namespaces and parameter properties: https://nodejs.org/api/typescript.html#typescript-features */
function needsCompiler(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'
}
