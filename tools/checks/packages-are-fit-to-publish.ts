import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { exportsProblems } from './manifests-are-complete.ts'
import type { Problem } from './problem.ts'
import { type Manifest, publishedPackages, type WorkspacePackage } from './workspace.ts'

const rule = 'packages-are-fit-to-publish'
const MUST_CONTAIN = ['README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts']

/** CommonJS and the oldest resolution cannot use packages that are ESM only, and need not. */
const ESM_ONLY_IGNORES: readonly string[] = ['node10', 'node16-cjs']

/** Packs every package as a release would, and looks at what users would get. Needs the packages built. */
export async function packagesAreFitToPublish(root: string): Promise<Problem[]> {
  const destination = mkdtempSync(join(tmpdir(), 'waybill-packed-'))
  try {
    const problems: Problem[] = []
    for (const each of publishedPackages(root)) {
      const messages = await problemsOf(root, each, destination)
      problems.push(...messages.map((message) => ({ file: `${each.folder}/package.json`, rule, message })))
    }
    return problems
  } finally {
    rmSync(destination, { recursive: true })
  }
}

async function problemsOf(root: string, each: WorkspacePackage, destination: string): Promise<string[]> {
  const { tarball, files } = pack(join(root, each.folder), destination)
  const packed = createPackageFromTarballData(tarball)
  const manifest: Manifest = JSON.parse(packed.readFile(`/node_modules/${packed.packageName}/package.json`))
  return [
    ...MUST_CONTAIN.filter((file) => !files.includes(file)).map((file) => `the tarball has no ${file}`),
    ...files.filter((file) => /\.test\.|^src\//.test(file)).map((file) => `the tarball has ${file}`),
    ...missingFiles(files, (file) => packed.readFile(`/node_modules/${packed.packageName}/${file}`)),
    ...exportsProblems(manifest.exports, 'the exports of the tarball'),
    ...(await publintMessages(tarball)),
    ...(await typeProblems(packed)),
  ]
}

function pack(folder: string, destination: string): { tarball: Uint8Array<ArrayBuffer>; files: string[] } {
  const output = execFileSync('pnpm', ['pack', '--json', '--pack-destination', destination], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  })
  const { filename, files }: { filename: string; files: { path: string }[] } = JSON.parse(output)
  return { tarball: new Uint8Array(readFileSync(filename)), files: files.map(({ path }) => path) }
}

/** Also of files that are not imported but started by their URL. */
function missingFiles(files: readonly string[], read: (file: string) => string): string[] {
  return files
    .filter((file) => file.endsWith('.js'))
    .flatMap((file) =>
      [...read(file).matchAll(/(['"`])(\.{1,2}\/[\w./-]+\.js)\1/g)].flatMap(([, , named = '']) =>
        files.includes(join(file, '..', named))
          ? []
          : [`${file} names ${named}, which the tarball does not have`],
      ),
    )
}

async function publintMessages(tarball: Uint8Array<ArrayBuffer>): Promise<string[]> {
  const { messages, pkg } = await publint({ pack: { tarball: tarball.buffer }, strict: true })
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`)
}

async function typeProblems(packed: ReturnType<typeof createPackageFromTarballData>): Promise<string[]> {
  const result = await checkPackage(packed, { excludeEntrypoints: ['./package.json'] })
  if (result.types === false) return ['attw: there are no types']
  return result.problems
    .filter((each) => !('resolutionKind' in each && ESM_ONLY_IGNORES.includes(each.resolutionKind)))
    .map((each) => `attw: ${JSON.stringify(each)}`)
}
