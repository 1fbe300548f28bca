import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { styleText } from 'node:util'
import { startVitest } from 'vitest/node'
import { type CommandArguments, readArguments, USAGE } from './arguments.ts'
import { PROVIDED, type ProvidedToSuite } from './provided.ts'
import { VerdictReporter } from './verdict-reporter.ts'

/** Sources run as they are in the workspace; the package has them compiled. */
const SUITE: string = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './adapter.suite.ts' : './adapter.suite.js', import.meta.url),
)

/** Where the command writes. */
export interface CommandOutput {
  readonly out: (line: string) => void
  readonly error: (line: string) => void
}

/** The command `waybill-conformance`; answers its exit code. */
export async function run(words: readonly string[], { out, error }: CommandOutput): Promise<number> {
  let wanted: CommandArguments | null
  try {
    wanted = readArguments(words)
  } catch (cause) {
    error(`${(cause as Error).message}\n\n${USAGE}`)
    return 2
  }
  if (wanted === null) {
    out(USAGE)
    return 0
  }
  const module = resolve(wanted.module)
  if (!existsSync(module)) {
    error(`There is no module ${module}.`)
    return 2
  }
  const reporter = new VerdictReporter(out)
  await tryRules({ module: pathToFileURL(module).href, only: wanted.only }, reporter)
  return conclude(wanted, reporter, { out, error })
}

async function tryRules(handedOn: ProvidedToSuite, reporter: VerdictReporter): Promise<void> {
  const vitest = await startVitest(
    [],
    {
      config: false,
      root: dirname(SUITE),
      include: [basename(SUITE)],
      exclude: [],
      watch: false,
      reporters: [reporter],
      provide: { [PROVIDED]: handedOn } as never,
    },
    // Beside the suite there may be no place to write: it is installed.
    { logLevel: 'silent', cacheDir: join(tmpdir(), 'waybill-conformance') },
  )
  const exitCode = process.exitCode
  await vitest.close()
  process.exitCode = exitCode
}

async function conclude(
  { sheet }: CommandArguments,
  reporter: VerdictReporter,
  { out, error }: CommandOutput,
): Promise<number> {
  const { kept, broken, faults, sheets } = reporter
  for (const fault of new Set(faults)) error(fault)
  if (sheet !== null) await writeFile(sheet, `${JSON.stringify(sheets, null, 2)}\n`)
  if (broken > 0) {
    out(styleText('red', `${broken} rules are broken, ${kept} are kept.`))
    return 1
  }
  if (faults.length > 0 || kept === 0) {
    error('No verdict: the rules could not be tried.')
    return 2
  }
  out(styleText('green', `All ${kept} rules that apply are kept.`))
  return 0
}
