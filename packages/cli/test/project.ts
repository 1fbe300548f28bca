import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Outcome, type Running, type SpawnOptions, spawnWaybill, startWaybill } from './spawn.ts'

const packages = join(import.meta.dirname, '../..')
const LINKED = ['core', 'cli', 'broker-durable', 'tasklog-sqlite', 'tasklog-postgres', 'tasklog-mysql']

/** A folder of a user's, with the packages of this repository installed; gone when the test has ended. */
export interface Project {
  readonly folder: string
  /** Writes a file. */
  write(name: string, text: string): void
  /** Runs the command to its end. */
  waybill(args: readonly string[], options?: Omit<SpawnOptions, 'folder'>): Promise<Outcome>
  /** Starts the command and leaves it running. */
  start(args: readonly string[], options?: Omit<SpawnOptions, 'folder'>): Running
}

/** Makes a project of some files. */
export function createProject(files: Readonly<Record<string, string>> = {}): Project {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  mkdirSync(join(folder, 'node_modules/@waybill'), { recursive: true })
  for (const name of LINKED) symlinkSync(join(packages, name), join(folder, 'node_modules/@waybill', name))
  const project: Project = {
    folder,
    write(name, text) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    },
    waybill: (args, options = {}) => spawnWaybill(args, { ...options, folder }),
    start: (args, options = {}) => startWaybill(args, { ...options, folder }),
  }
  project.write('package.json', '{"private":true,"type":"module"}')
  // A file that says where the project ends: nothing above it is looked at.
  project.write('pnpm-workspace.yaml', '')
  for (const [name, text] of Object.entries(files)) project.write(name, text)
  return project
}

/** Tasks that end in every way there is. */
export const TASKS = `
import { defineTask, Report } from '@waybill/core'
import { setTimeout as sleep } from 'node:timers/promises'

export const hello = defineTask<{ name: string }>({
  name: 'hello',
  run({ name }, context) {
    context.progress(1, 2, 'greeting')
    return Report.success('Hello, ' + name, { name }).add(Report.info('first').add(Report.warning('deep')), Report.success('last'))
  },
})

export const fails = defineTask({ name: 'fails', retry: { attempts: 1 }, run() { throw new Error('no luck') } })

export const slow = defineTask<{ ms: number }>({
  name: 'slow',
  async run({ ms }, context) {
    context.log.info('slow task began')
    await sleep(ms, undefined, { signal: context.signal })
    return Report.success('slept')
  },
})

export const stubborn = defineTask({ name: 'stubborn', async run(_, context) {
  context.log.info('stubborn task began')
  await sleep(600_000)
} })

export const family = defineTask<{ children: number }>({
  name: 'family',
  async run({ children }, context) {
    for (let n = 1; n <= children; n += 1) await context.enqueueChild(hello, { name: 'child ' + n })
    return Report.success('asked for ' + children)
  },
})
`

/** A project on SQLite with {@link TASKS}, its tables made. */
export async function sqliteProject(config = ''): Promise<Project> {
  const project = createProject({
    'waybill.config.ts': `import { defineConfig } from '@waybill/cli'
export default defineConfig({ url: 'sqlite:waybill.db', tasks: './tasks.ts', ${config} })
`,
    'tasks.ts': TASKS,
  })
  const { createSqliteTaskLog } = await import('@waybill/tasklog-sqlite')
  const log = createSqliteTaskLog({ file: join(project.folder, 'waybill.db') })
  await log.createContainer()
  await log.close()
  return project
}
