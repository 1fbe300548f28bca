import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { CommandContext } from '../../command/command-context.ts'
import { type DatabaseKind, openByUrl } from '../../config/adapters.ts'
import { CONFIG_NAMES } from '../../config/find-config.ts'
import {
  detectPackageManager,
  installCommand,
  type PackageManager,
  runCommand,
} from '../../config/package-manager.ts'
import { CliError, InterruptedError, UsageError } from '../../errors/cli-error.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { detectDatabase, detectEnding, missingPackages } from './detect.ts'
import { configTemplate, manifestTemplate, TASK_TEMPLATE } from './templates.ts'

/** Options of `waybill init`. */
export interface InitOptions {
  readonly database: DatabaseKind | undefined
  readonly noInstall: boolean
  readonly yes: boolean
}

/** Writes a configuration and a first task, installs what they need, and says what to do next. */
export async function run(context: CommandContext, options: InitOptions): Promise<ExitCode> {
  const { folder, environment } = context.host
  const existing = CONFIG_NAMES.find((name) => existsSync(join(folder, name)))
  if (existing !== undefined) throw new CliError(`There is a ${existing} already; nothing was written`)
  const database = options.database ?? (await askDatabase(context, options))
  const files = writeFiles(folder, database)
  const manager = detectPackageManager(folder, environment['npm_config_user_agent'])
  const missing = missingPackages(folder, database)
  const isComplete = missing.length === 0 || (await install(context, options, manager, missing))
  const isReady = database === 'sqlite' && isComplete && (await createTables(folder))
  const next = [
    ...(isComplete ? [] : [installCommand(manager, missing)]),
    ...(isReady ? [] : [runCommand(manager, 'waybill schema up')]),
    runCommand(manager, 'waybill worker'),
    runCommand(manager, `waybill tasks enqueue hello '{"name":"Ada"}'`),
    runCommand(manager, 'waybill tasks list'),
  ]
  if (context.options.json) {
    await context.output.json({ database, files, next })
  } else {
    context.output.talk(`Wrote ${files.join(', ')}.`)
    if (database !== 'sqlite' && !environment['DATABASE_URL']) {
      context.output.talk('Set DATABASE_URL, here or in a file for --env-file. Then:')
    } else {
      context.output.talk('Next, the worker and the rest in two terminals:')
    }
    for (const line of next) await context.output.line(`  ${line}`)
  }
  return EXIT.done
}

async function askDatabase(context: CommandContext, { yes }: InitOptions): Promise<DatabaseKind> {
  const { folder, environment, stdin, stderr } = context.host
  const detected = detectDatabase(folder, environment)
  if (yes) return detected
  if (stdin.isTTY !== true || !context.output.surroundings.animated) {
    throw new UsageError(
      'Which database? Nobody can answer here; say --database sqlite, or --yes to choose by itself',
    )
  }
  const { isCancel, select } = await import('@clack/prompts')
  const answer = await select<DatabaseKind>({
    message: 'What keeps the tasks?',
    initialValue: detected,
    options: [
      { value: 'sqlite', label: 'SQLite', hint: 'a file, nothing to set up' },
      { value: 'postgres', label: 'PostgreSQL' },
      { value: 'mysql', label: 'MySQL or MariaDB' },
    ],
    input: stdin,
    output: stderr,
    signal: context.signal,
  })
  if (isCancel(answer)) throw new InterruptedError()
  return answer
}

/** Writes what is not there; answers the names. */
function writeFiles(folder: string, database: DatabaseKind): readonly string[] {
  const written: string[] = []
  const write = (name: string, text: string): void => {
    if (existsSync(join(folder, name))) return
    writeFileSync(join(folder, name), text)
    written.push(name)
  }
  const ending = detectEnding(folder)
  write('package.json', manifestTemplate(packageName(folder)))
  write(`waybill.config.${ending}`, configTemplate(database, ending))
  mkdirSync(join(folder, 'tasks'), { recursive: true })
  write(`tasks/hello.${ending}`, TASK_TEMPLATE)
  return written
}

function packageName(folder: string): string {
  return (
    basename(folder)
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[._-]+/, '') || 'tasks'
  )
}

/** Installs packages, if that is wanted; whether they are there afterwards. */
async function install(
  context: CommandContext,
  options: InitOptions,
  manager: PackageManager,
  packages: readonly string[],
): Promise<boolean> {
  const line = installCommand(manager, packages)
  if (options.noInstall) return false
  if (!options.yes && !(await context.confirm(`Run ${line}?`))) return false
  context.output.talk(line)
  const [program = '', ...args] = line.split(' ')
  const { folder, environment } = context.host
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    // What it prints is talk: stdout is for our data.
    const child = spawn(program, args, { cwd: folder, env: environment, stdio: ['ignore', 2, 2] })
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (exitCode === 0) return true
  throw new CliError(`${line} failed; the files are written, so run it again yourself`)
}

/** Makes the tables in a new file; false when that must wait. */
async function createTables(folder: string): Promise<boolean> {
  const log = await openByUrl('sqlite:waybill.db', folder, undefined)
  try {
    await log.createContainer()
    return true
  } finally {
    await log.close()
  }
}
