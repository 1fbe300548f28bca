import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { styleText } from 'node:util'
import { coreIsLight, weighCore } from './checks/core-is-light.ts'
import { coreStandsAlone } from './checks/core-stands-alone.ts'
import { exportsAreDocumented } from './checks/exports-are-documented.ts'
import { importsAreDeclared } from './checks/imports-are-declared.ts'
import { layers } from './checks/layers.ts'
import { linksLeadSomewhere } from './checks/links-lead-somewhere.ts'
import { manifestsAreComplete } from './checks/manifests-are-complete.ts'
import { nobodyImportsAnInside } from './checks/nobody-imports-an-inside.ts'
import { packagesAreFitToPublish } from './checks/packages-are-fit-to-publish.ts'
import type { Check, Problem } from './checks/problem.ts'
import { snippetsAreCurrent } from './checks/snippets-are-current.ts'
import { timeComesFromTheClock } from './checks/time-comes-from-the-clock.ts'
import { type PackedPackage, packAll } from './packed/pack.ts'

const root = dirname(import.meta.dirname)

const MOST_LINES = 60
const CONCISE = ['--reporter=concise', '--max-diagnostics=none']

/** What a step found; a note is worth reading even when all is well. */
interface Outcome {
  readonly problems: readonly string[]
  readonly note?: string
}

type Step = () => Outcome | Promise<Outcome>

const steps: Readonly<Record<string, Step>> = {
  types: async () => {
    const [packages, configuration] = await Promise.all([turbo('types'), program('tsc', '-p', '.')])
    return { problems: [...packages.problems, ...configuration.problems] }
  },
  'lint and format': async () => {
    const { problems } = await program('biome', 'check', '--error-on-warnings', ...CONCISE, '.')
    return {
      problems,
      note: problems.length > 0 ? 'most of it is mended by: pnpm exec biome check --write' : '',
    }
  },
  'unused code': () => program('knip', '--no-progress', '--no-config-hints'),
  'core stands alone': () => rule(coreStandsAlone),
  layers: () => rule(layers),
  'imports are declared': () => rule(importsAreDeclared),
  'nobody imports an inside': () => rule(nobodyImportsAnInside),
  'time comes from the clock': () => rule(timeComesFromTheClock),
  'exports are documented': () => rule(exportsAreDocumented),
  'manifests are complete': () => rule(manifestsAreComplete),
  'snippets are current': () => rule(snippetsAreCurrent),
  'links lead somewhere': () => rule(linksLeadSomewhere),
  'the site builds': () => runToEnd(process.execPath, ['tools/site/main.ts']),
  build,
  'packages are fit to publish': async () => {
    await mustBeBuilt()
    return listed(await packagesAreFitToPublish((await pack()).packages))
  },
  'packages work for strangers': async () => {
    await mustBeBuilt()
    process.env['WAYBILL_PACKED'] = (await pack()).folder
    return program('vitest', 'run', '--config', 'tools/packed/vitest.config.ts')
  },
  'core is light': async () => {
    await mustBeBuilt()
    const weight = await weighCore(root)
    const [kilobytes, best, median] = [weight.bytes / 1024, weight.importMs, weight.medianImportMs]
    const times = `imported in ${best.toFixed(1)} ms (median ${median.toFixed(1)} ms)`
    const note = `${kilobytes.toFixed(1)} KB minified and gzipped, ${times}`
    return { ...listed(coreIsLight(weight)), note }
  },
}

let built: Promise<Outcome> | undefined
let packed: Promise<Packed> | undefined

const wanted = process.argv.slice(2)
const chosen = Object.entries(steps).filter(
  ([name]) => wanted.length === 0 || wanted.some((word) => name.includes(word)),
)
if (chosen.length === 0) {
  console.error(
    `waybill: no check is called ${wanted.join(' or ')}; there are: ${Object.keys(steps).join(', ')}`,
  )
  process.exit(1)
}

let failed = 0
for (const [name, step] of chosen) {
  const before = performance.now()
  const { problems, note } = await run(step)
  const seconds = `${((performance.now() - before) / 1000).toFixed(1)} s`
  const mark = problems.length === 0 ? styleText('green', '✓') : styleText('red', '✗')
  console.log(`${mark} ${name.padEnd(28)}${seconds.padStart(7)}${note ? `   ${note}` : ''}`)
  print(problems)
  if (problems.length > 0) failed++
}
if (failed > 0) {
  console.error(`waybill: ${failed} of ${chosen.length} checks failed`)
  process.exit(1)
}

async function run(step: Step): Promise<Outcome> {
  try {
    return await step()
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)] }
  }
}

/** All of it where one check was asked for, else the beginning. */
function print(problems: readonly string[]): void {
  const lines = problems.flatMap((problem) => problem.split('\n'))
  const shown = wanted.length > 0 ? lines : lines.slice(0, MOST_LINES)
  for (const line of shown) console.log(`    ${line}`)
  const left = lines.length - shown.length
  if (left > 0) console.log(`    … and ${left} lines more; name the check to see them all`)
}

function build(): Promise<Outcome> {
  built ??= turbo('build')
  return built
}

async function mustBeBuilt(): Promise<void> {
  const { problems } = await build()
  if (problems.length > 0) throw new Error('needs a build, and that failed; see: npm run check -- build')
}

interface Packed {
  readonly folder: string
  readonly packages: readonly PackedPackage[]
}

/** Once for all steps that need it. */
function pack(): Promise<Packed> {
  packed ??= packInto(mkdtempSync(join(tmpdir(), 'waybill-packed-')))
  return packed
}

async function packInto(folder: string): Promise<Packed> {
  process.once('exit', () => rmSync(folder, { recursive: true }))
  return { folder, packages: await packAll(root, folder) }
}

function rule(check: Check): Outcome {
  return listed(check(root))
}

function listed(problems: readonly Problem[]): Outcome {
  return { problems: problems.map(({ file, message }) => `${file}  ${message}`) }
}

function turbo(task: string): Promise<Outcome> {
  return program('turbo', 'run', task, '--continue', '--output-logs=errors-only', '--log-order=grouped')
}

/** Runs a program of node_modules; what it says is a problem if it fails and of no interest otherwise. */
function program(name: string, ...args: string[]): Promise<Outcome> {
  return runToEnd(join(root, 'node_modules/.bin', name), args)
}

async function runToEnd(command: string, args: readonly string[]): Promise<Outcome> {
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', TURBO_TELEMETRY_DISABLED: '1' },
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject))
  return { problems: code === 0 ? [] : [output.trim() || `${command} ended with ${code}`] }
}
