import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { publishedPackages } from '../checks/workspace.ts'

/** A package as a release would upload it. */
export interface PackedPackage {
  /** Where it comes from, relative to the root. */
  readonly folder: string
  readonly tarball: Uint8Array<ArrayBuffer>
  /** What is in it, relative to the package. */
  readonly files: readonly string[]
}

const run = promisify(execFile)

/** Packs every published package into a folder. Needs them built. @throws what pnpm says when it cannot */
export async function packAll(root: string, destination: string): Promise<readonly PackedPackage[]> {
  const packed: PackedPackage[] = []
  for (const { folder } of publishedPackages(root)) {
    const { stdout } = await run('pnpm', ['pack', '--json', '--pack-destination', destination], {
      cwd: join(root, folder),
      shell: process.platform === 'win32',
    })
    const { filename, files }: { filename: string; files: { path: string }[] } = JSON.parse(stdout)
    const tarball = new Uint8Array(await readFile(filename))
    packed.push({ folder, tarball, files: files.map(({ path }) => path) })
  }
  return packed
}
