import { execFileSync } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { createPackageFromTarballData } from '@arethetypeswrong/core'
import { expect, onTestFinished, test } from 'vitest'
import { type Manifest, publishedPackages } from '../checks/workspace.ts'
import { packAll } from './pack.ts'

const root = dirname(dirname(import.meta.dirname))
const NOT_PACKED = ['src', 'test']

test('packages are released together, also when only core has changed', async () => {
  const copy = copyOfWorkspace()
  release(copy)
  const [version = '', ...others] = versions(copy)
  expect(new Set(others)).toEqual(new Set([version]))

  writeFileSync(join(copy, '.changeset/rehearsal.md'), "---\n'@waybill/core': minor\n---\n\nRehearsed.\n")
  release(copy)
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const next = `${major}.${minor + 1}.0`
  for (const { folder, tarball } of await packAll(copy, join(copy, 'packed'))) {
    const { dependencies, peerDependencies, ...manifest } = manifestIn(tarball)
    const ranges = Object.entries({ ...dependencies, ...peerDependencies })
    const ours = ranges.filter(([name]) => name.startsWith('@waybill/')).map(([, range]) => range)
    expect(manifest.version, folder).toBe(next)
    expect(ours, folder).toEqual(ours.map(() => `^${next}`))
    expect(readFileSync(join(copy, folder, 'CHANGELOG.md'), 'utf8'), folder).toContain(`\n## ${next}\n`)
  }
})

/** Turns the changesets that wait into versions and changelogs. */
function release(folder: string): void {
  execFileSync(join(root, 'node_modules/.bin/changeset'), ['version'], { cwd: folder, stdio: 'pipe' })
  expect(globSync('.changeset/*.md', { cwd: folder })).toEqual(['.changeset/README.md'])
}

function manifestIn(tarball: Uint8Array<ArrayBuffer>): Manifest {
  const unpacked = createPackageFromTarballData(tarball)
  return JSON.parse(unpacked.readFile(`/node_modules/${unpacked.packageName}/package.json`))
}

/** All that a release needs: what is built, not what it is built from. */
function copyOfWorkspace(): string {
  const copy = mkdtempSync(join(tmpdir(), 'waybill-release-'))
  onTestFinished(() => rmSync(copy, { recursive: true }))
  const files = ['LICENSE', 'package.json', 'pnpm-workspace.yaml', '.changeset', 'packages']
  const others = globSync(['{examples/*,*}/package.json'], { cwd: root, exclude: ['node_modules'] })
  for (const file of [...files, ...others]) {
    cpSync(join(root, file), join(copy, file), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !NOT_PACKED.includes(basename(path)),
    })
  }
  execFileSync('git', ['init', '--quiet'], { cwd: copy })
  return copy
}

function versions(folder: string): readonly string[] {
  return publishedPackages(folder).map(({ manifest }) => manifest.version ?? '')
}
