import { join, normalize } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import type { PackedPackage } from '../packed/pack.ts'
import { exportsProblems } from './manifests-are-complete.ts'
import type { Problem } from './problem.ts'
import type { Manifest } from './workspace.ts'

const rule = 'packages-are-fit-to-publish'
const MUST_CONTAIN = ['README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts']

/** CommonJS and the oldest resolution cannot use packages that are ESM only, and need not. */
const ESM_ONLY_IGNORES: readonly string[] = ['node10', 'node16-cjs']

/** All that a tarball may have: code, its types and maps, and what npm shows. */
const MAY_CONTAIN = [
  /^(package\.json|README\.md|LICENSE)$/,
  /^dist\/(?!.*\.test(-d)?\.).+\.(js|d\.ts|js\.map)$/,
]

/** What only tests and the torture of this repository know. */
const MUST_NOT_SAY = /fail-?points?|WAYBILL_TEST_\w+/i

/** Looks at what users would get. */
export async function packagesAreFitToPublish(packed: readonly PackedPackage[]): Promise<Problem[]> {
  const problems: Problem[] = []
  for (const each of packed) {
    const messages = await problemsOf(each)
    problems.push(...messages.map((message) => ({ file: `${each.folder}/package.json`, rule, message })))
  }
  return problems
}

async function problemsOf({ tarball, files }: PackedPackage): Promise<string[]> {
  const unpacked = createPackageFromTarballData(tarball)
  const read = (file: string): string => unpacked.readFile(`/node_modules/${unpacked.packageName}/${file}`)
  const manifest: Manifest = JSON.parse(read('package.json'))
  return [
    ...MUST_CONTAIN.filter((file) => !files.includes(file)).map((file) => `the tarball has no ${file}`),
    ...files
      .filter((file) => !MAY_CONTAIN.some((allowed) => allowed.test(file)))
      .map((file) => `the tarball has ${file}`),
    ...files.filter((file) => file.startsWith('dist/')).flatMap((file) => contentProblems(file, read(file))),
    ...missingFiles(files, read),
    ...exportsProblems(manifest.exports, 'the exports of the tarball'),
    ...(await publintMessages(tarball)),
    ...(await typeProblems(unpacked)),
  ]
}

function contentProblems(file: string, content: string): string[] {
  const said = MUST_NOT_SAY.exec(content)
  return [
    ...(said ? [`${file} says ${said[0]}, which is for our own tests`] : []),
    ...(file.endsWith('.map') ? foreignSources(file, content) : []),
  ]
}

/** A map carries the text of its sources, so it may name our own only. */
function foreignSources(file: string, map: string): string[] {
  const { sources, sourceRoot = '' }: { sources: string[]; sourceRoot?: string } = JSON.parse(map)
  return sources
    .filter((source) => !normalize(join(file, '..', sourceRoot, source)).startsWith('src/'))
    .map((source) => `${file} has the text of ${source}, which is not in src`)
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
