import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isWorkspaceRoot } from './find-config.ts'

/** A package manager of Node. */
export type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'bun'

const LOCKFILES: Readonly<Record<string, PackageManager>> = {
  'pnpm-lock.yaml': 'pnpm',
  'yarn.lock': 'yarn',
  'bun.lock': 'bun',
  'bun.lockb': 'bun',
  'package-lock.json': 'npm',
}

/** The package manager of a folder: by its lockfile or one above it, else by who started us, else npm. */
export function detectPackageManager(folder: string, userAgent: string | undefined): PackageManager {
  for (let at = folder; ; at = dirname(at)) {
    const lockfile = Object.keys(LOCKFILES).find((name) => existsSync(join(at, name)))
    if (lockfile !== undefined) return LOCKFILES[lockfile] as PackageManager
    if (isWorkspaceRoot(at) || dirname(at) === at) break
  }
  const agent = /^(npm|pnpm|yarn|bun)\//.exec(userAgent ?? '')?.[1]
  return (agent as PackageManager | undefined) ?? 'npm'
}

/** The command that adds packages. */
export function installCommand(manager: PackageManager, packages: readonly string[]): string {
  return [manager, manager === 'npm' ? 'install' : 'add', ...packages].join(' ')
}

/** How a command of an installed package is called. */
export function runCommand(manager: PackageManager, command: string): string {
  return `${{ npm: 'npx', pnpm: 'pnpm', yarn: 'yarn', bun: 'bunx' }[manager]} ${command}`
}
