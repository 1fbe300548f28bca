import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { test as base, inject, type TestAPI } from 'vitest'

const repository = dirname(dirname(import.meta.dirname))

/** What a command line left. */
export interface Outcome {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A command line that runs. */
export interface Running {
  readonly ended: Promise<Outcome>
  /** Ends it the way a terminal does, with all that it started. */
  interrupt(): Promise<Outcome>
}

/** The folder of a stranger, outside the workspace: it has nothing, and knows where our packages are to be had. */
export class Project {
  readonly folder: string
  readonly #parent: string = mkdtempSync(join(tmpdir(), 'waybill-stranger-'))
  readonly #environment: NodeJS.ProcessEnv = strangersEnvironment()
  readonly #running: Set<ChildProcess> = new Set()

  constructor() {
    this.folder = join(this.#parent, 'my-app')
    this.write('.npmrc', `@waybill:registry=${inject('registry')}\nprefer-offline=true\n`)
  }

  /** Writes a file; objects as JSON. */
  write(file: string, content: string | object): void {
    const path = join(this.folder, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8')
  }

  /** Sets a variable for all that is run from now on. */
  export(name: string, value: string): void {
    this.#environment[name] = value
  }

  /** Runs a line as it is typed in a terminal. @throws Error with all it said when it does not end with 0 */
  async run(line: string): Promise<Outcome> {
    const outcome = await this.start(line).ended
    if (outcome.exitCode === 0) return outcome
    throw new Error(`${line}\nended with ${outcome.exitCode}:\n${outcome.stdout}${outcome.stderr}`)
  }

  /** Starts a line as it is typed in a terminal. */
  start(line: string): Running {
    const child = spawn(line, { cwd: this.folder, env: this.#environment, shell: true, detached: true })
    this.#running.add(child)
    const ended = outcomeOf(child).finally(() => this.#running.delete(child))
    return {
      ended,
      interrupt() {
        signal(child, 'SIGINT')
        return ended
      },
    }
  }

  /** Ends what still runs, and removes the folder. */
  async remove(): Promise<void> {
    for (const child of this.#running) signal(child, 'SIGKILL')
    await rm(this.#parent, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** A test with an empty project of its own. */
export const test: TestAPI<{ project: Project }> = base.extend<{ project: Project }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the names of the fixtures out of it.
  project: async ({}, use) => {
    const project = new Project()
    await use(project)
    await project.remove()
  },
})

/** To the line's whole group: it may have started other programs. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, name)
}

async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  await once(child, 'close')
  return { exitCode: child.exitCode, stdout, stderr }
}

/** Ours without what npm, pnpm and Vitest tell the programs they start, and without the programs of this repository. */
function strangersEnvironment(): NodeJS.ProcessEnv {
  const ours =
    /^(npm_|NODE_PATH$|NODE_ENV$|NODE_OPTIONS$|VITEST|TEST$|PROD$|DEV$|MODE$|BASE_URL$|SSR$|WAYBILL_|DATABASE_URL$|INIT_CWD$)/i
  const kept = Object.entries(process.env).filter(([name]) => !ours.test(name))
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((each) => !each.startsWith(repository))
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter), NO_COLOR: '1' }
}
