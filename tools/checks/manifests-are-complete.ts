import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Problem } from './problem.ts'
import { type Exports, type Manifest, publishedPackages } from './workspace.ts'

const rule = 'manifests-are-complete'

/** What npm, bundlers and people need to know of a package is in its package.json, and it has a README. */
export function manifestsAreComplete(root: string): Problem[] {
  return publishedPackages(root).flatMap(({ folder, manifest }) => [
    ...readmeProblems(root, folder),
    ...manifestProblems(manifest, folder).map((message) => ({
      file: `${folder}/package.json`,
      rule,
      message,
    })),
  ])
}

function readmeProblems(root: string, folder: string): Problem[] {
  const file = `${folder}/README.md`
  const path = join(root, file)
  const isThere = existsSync(path) && readFileSync(path, 'utf8').trim() !== ''
  return isThere ? [] : [{ file, rule, message: 'the package has no README.md' }]
}

function manifestProblems(manifest: Manifest, folder: string): string[] {
  const { description, engines, files, keywords, license, publishConfig, repository, sideEffects, type } =
    manifest
  const requirements: readonly (readonly [boolean, string])[] = [
    [Boolean(description), 'description is missing'],
    [license === 'MIT', 'license is not "MIT"'],
    [type === 'module', 'type is not "module"'],
    [sideEffects === false, 'sideEffects is not false'],
    [Boolean(engines?.node), 'engines.node is missing'],
    [Boolean(repository?.url), 'repository.url is missing'],
    [repository?.directory === folder, `repository.directory is not "${folder}"`],
    [files?.includes('dist') === true, 'files does not have "dist"'],
    [publishConfig?.access === 'public', 'publishConfig.access is not "public"'],
    [(keywords ?? []).includes('waybill'), 'keywords does not have "waybill"'],
    [manifest.exports?.['.'] === './src/index.ts', 'exports["."] is not "./src/index.ts", the sources'],
  ]
  const missing = requirements.filter(([isMet]) => !isMet).map(([, message]) => message)
  return [...missing, ...exportsProblems(publishConfig?.exports, 'publishConfig.exports')]
}

/** Conditions are tried in their order, so types that come later than code are never seen. */
export function exportsProblems(exports: Exports | undefined, name: string): string[] {
  if (exports?.['.'] === undefined) return [`${name} has no "."`]
  const withCode = Object.entries(exports).filter(([path]) => path !== './package.json')
  return withCode
    .filter(([, target]) => typeof target === 'string' || Object.keys(target)[0] !== 'types')
    .map(([path]) => `${name}["${path}"] does not begin with "types"`)
}
