import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Catcher, CatchingTests, SeededBug } from './seeded-bug.ts'
import type { Patch, Tree } from './tree.ts'

/** What became of a bug. */
export interface Fate {
  readonly bug: SeededBug
  /** The test that failed, or the promise that was broken; null: nobody noticed. */
  readonly caughtBy: string | null
  /** Why nobody could look; null when somebody did. */
  readonly trouble: string | null
}

/** So many worlds are lived through at most; a bug is found in one of the first. */
const WORLDS = 600
const LONGEST_MS = 300_000

/** Plants a bug in a tree and looks whether its catcher notices. */
export async function plant(bug: SeededBug, tree: Tree, servers: NodeJS.ProcessEnv): Promise<Fate> {
  try {
    const caughtBy = await planted(bug.patches, tree, () => noticed(bug.catcher, tree, servers))
    return { bug, caughtBy, trouble: null }
  } catch (error) {
    return { bug, caughtBy: null, trouble: String(error) }
  }
}

function planted<Answer>(
  patches: readonly Patch[],
  tree: Tree,
  action: () => Promise<Answer>,
): Promise<Answer> {
  const [patch, ...others] = patches
  return patch === undefined ? action() : tree.with(patch, () => planted(others, tree, action))
}

/** What a catcher has to say of a tree as it is; null: all is well. @throws Error when it could not do its work */
export async function noticed(
  catcher: Catcher,
  tree: Tree,
  servers: NodeJS.ProcessEnv,
): Promise<string | null> {
  return 'worlds' in catcher
    ? await brokenPromise(catcher.worlds === 'over a broker', tree)
    : await failedTest(catcher, tree, servers)
}

async function brokenPromise(hasBroker: boolean, tree: Tree): Promise<string | null> {
  const options = ['--simulation', '--seed', '1', '--worlds', String(WORLDS), '--first']
  const { code, output } = await run(tree, [
    'torture/main.ts',
    ...options,
    ...(hasBroker ? ['--broker'] : []),
  ])
  if (code === 0) return null
  const sentence = /^ {2}(I\d+: .*)$/m.exec(output)?.[1]
  if (sentence === undefined) throw new Error(output)
  return sentence
}

interface VitestReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[]
  }[]
}

async function failedTest(
  { project, file, names }: CatchingTests,
  tree: Tree,
  servers: NodeJS.ProcessEnv,
): Promise<string | null> {
  const report = join(tree.folder, 'report.json')
  rmSync(report, { force: true })
  const filter = names === undefined ? [] : ['-t', names]
  const reporting = ['--reporter=json', `--outputFile=${report}`, '--bail=1']
  const vitest = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    project,
    file,
    ...filter,
    ...reporting,
  ]
  const { output } = await run(tree, vitest, servers)
  const { testResults } = readReport(report, output)
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
  if (!tests.some(({ status }) => status === 'passed' || status === 'failed')) throw new Error(output)
  return tests.find(({ status }) => status === 'failed')?.title ?? null
}

function readReport(report: string, output: string): VitestReport {
  try {
    return JSON.parse(readFileSync(report, 'utf8')) as VitestReport
  } catch (error) {
    throw new Error(output, { cause: error })
  }
}

async function run(
  tree: Tree,
  command: readonly string[],
  more: NodeJS.ProcessEnv = {},
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, command, {
    cwd: tree.folder,
    env: { ...process.env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}
