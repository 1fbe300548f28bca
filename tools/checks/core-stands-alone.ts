import { join } from 'node:path'
import type { Problem } from './problem.ts'
import { type Import, importsOf, isNodeBuiltin, isRelative, readSource } from './source.ts'
import { publishedPackages, shippedFiles, type WorkspacePackage } from './workspace.ts'

const rule = 'core-stands-alone'

/** Imports what an adapter hands over, so that a thread can use the adapter too. */
const MAY_IMPORT_A_COMPUTED_NAME = ['packages/core/src/worker/pulse-thread.ts']

/** Core depends on nothing and runs where there is no Node: a module of Node comes in by a guarded `import()`. */
export function coreStandsAlone(root: string): Problem[] {
  const core = publishedPackages(root).find(({ shortName }) => shortName === 'core')
  return core ? [...dependencies(core), ...imports(root, core)] : []
}

function dependencies({ folder, manifest }: WorkspacePackage): Problem[] {
  const kinds = ['dependencies', 'peerDependencies', 'optionalDependencies'] as const
  return kinds
    .filter((kind) => Object.keys(manifest[kind] ?? {}).length > 0)
    .map((kind) => ({ file: `${folder}/package.json`, rule, message: `core has ${kind}; remove them` }))
}

function imports(root: string, core: WorkspacePackage): Problem[] {
  return shippedFiles(root, core).flatMap((file) =>
    importsOf(readSource(join(root, file)))
      .filter((found) => !isAllowed(found, file))
      .map(({ specifier, line }) => ({ file: `${file}:${line}`, rule, message: explain(specifier) })),
  )
}

function isAllowed({ kind, specifier }: Import, file: string): boolean {
  if (specifier === undefined) return MAY_IMPORT_A_COMPUTED_NAME.includes(file)
  if (isRelative(specifier)) return true
  return kind !== 'static' && specifier.startsWith('node:')
}

function explain(specifier: string | undefined): string {
  if (specifier === undefined) return 'core imports a computed name; write it out'
  if (isNodeBuiltin(specifier)) {
    return `core imports "${specifier}" statically; use a guarded import('node:...') so that it runs elsewhere too`
  }
  return `core imports "${specifier}"; it may import nothing outside itself`
}
