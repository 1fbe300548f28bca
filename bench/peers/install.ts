import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Installs what a peer needs, as its lockfile says, where that has not been done. */
export function installPeer(id: string): void {
  const folder = join(import.meta.dirname, id)
  if (existsSync(join(folder, 'node_modules/.package-lock.json'))) return
  console.error(`Installing ${id} …`)
  // Not `npm ci`: it wants the optional packages of every platform in the lockfile, also those a registry does not have.
  const npm = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund'], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (npm.status !== 0) throw new Error(`npm install in ${folder} failed:\n${npm.stderr || npm.stdout}`)
}

/** The versions of what a peer's folder asks for. */
export function versionsOfPeer(id: string): Readonly<Record<string, string>> {
  const text = readFileSync(join(import.meta.dirname, id, 'package.json'), 'utf8')
  return (JSON.parse(text) as { dependencies: Record<string, string> }).dependencies
}
