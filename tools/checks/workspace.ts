import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** What the checks read from a package.json. */
export interface Manifest {
  readonly name: string
  readonly version?: string
  readonly private?: boolean
  readonly description?: string
  readonly license?: string
  readonly type?: string
  readonly sideEffects?: unknown
  readonly repository?: { readonly url?: string; readonly directory?: string }
  readonly engines?: { readonly node?: string }
  readonly files?: readonly string[]
  readonly exports?: Exports
  readonly keywords?: readonly string[]
  readonly publishConfig?: { readonly access?: string; readonly exports?: Exports }
  readonly dependencies?: Dependencies
  readonly devDependencies?: Dependencies
  readonly peerDependencies?: Dependencies
  readonly optionalDependencies?: Dependencies
}

export type Exports = Readonly<Record<string, string | Readonly<Record<string, string>>>>

type Dependencies = Readonly<Record<string, string>>

export interface WorkspacePackage {
  /** Relative to the root, such as `packages/core`. */
  readonly folder: string
  /** The last part of the folder, such as `core`. */
  readonly shortName: string
  readonly manifest: Manifest
}

const ANYWHERE = ['packages/*', 'examples/*', 'docs', 'tools', 'bench', 'torture']

/** Every package of the workspace, the private ones too. */
export function allPackages(root: string): WorkspacePackage[] {
  return packagesIn(root, ANYWHERE)
}

/** The packages that users install. */
export function publishedPackages(root: string): WorkspacePackage[] {
  return packagesIn(root, ['packages/*']).filter(({ manifest }) => manifest.private !== true)
}

function packagesIn(root: string, folders: readonly string[]): WorkspacePackage[] {
  return folders
    .flatMap((folder) => globSync(`${folder}/package.json`, { cwd: root }))
    .sort()
    .map((file) => {
      const folder = dirname(file)
      const manifest: Manifest = JSON.parse(readFileSync(join(root, file), 'utf8'))
      return { folder, shortName: basename(folder), manifest }
    })
}

/** The TypeScript files of a package that end up at its users, relative to the root. */
export function shippedFiles(root: string, { folder }: WorkspacePackage): string[] {
  return typescriptIn(root, `${folder}/src`).filter((file) => !file.endsWith('.test.ts'))
}

/** All TypeScript files of a package, its tests too, relative to the root. */
export function allFiles(root: string, { folder }: WorkspacePackage): string[] {
  return typescriptIn(root, folder)
}

function typescriptIn(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  const exclude = (name: string) => ['node_modules', 'dist'].includes(basename(name))
  return globSync('**/*.ts', { cwd: join(root, folder), exclude })
    .map((file) => `${folder}/${file}`)
    .sort()
}
