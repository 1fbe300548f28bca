import { join } from 'node:path'
import type { Problem } from './problem.ts'
import { importsOf, isNodeBuiltin, isRelative, packageOf, readSource } from './source.ts'
import { publishedPackages, shippedFiles, type WorkspacePackage } from './workspace.ts'

const rule = 'imports-are-declared'

/** What is shipped imports only what its users get with it: dependencies, peers and modules of Node. */
export function importsAreDeclared(root: string): Problem[] {
  return publishedPackages(root).flatMap((each) => {
    const declared = declaredBy(each)
    return shippedFiles(root, each).flatMap((file) =>
      importsOf(readSource(join(root, file)))
        .flatMap(({ specifier, line }) => (specifier === undefined ? [] : [{ specifier, line }]))
        .filter(({ specifier }) => !isRelative(specifier) && !specifier.startsWith('node:'))
        .filter(({ specifier }) => !declared.has(packageOf(specifier)))
        .map(({ specifier, line }) => ({ file: `${file}:${line}`, rule, message: explain(specifier) })),
    )
  })
}

function declaredBy({ manifest }: WorkspacePackage): ReadonlySet<string> {
  const { name, dependencies, peerDependencies } = manifest
  return new Set([name, ...Object.keys({ ...dependencies, ...peerDependencies })])
}

function explain(specifier: string): string {
  if (isNodeBuiltin(specifier)) return `write "node:${specifier}"`
  return `"${packageOf(specifier)}" is neither in dependencies nor in peerDependencies`
}
