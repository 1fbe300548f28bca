import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

const main = join(import.meta.dirname, '../src/main.ts')

/** How the command is started. */
export interface SpawnOptions {
  readonly folder: string
  /** Beside what every process needs. */
  readonly environment?: Readonly<Record<string, string>>
  /** What it reads on stdin; nothing otherwise. */
  readonly input?: string
  /** The file that is run, instead of the sources of this repository. */
  readonly script?: string
  /** Flags for Node itself. */
  readonly nodeFlags?: readonly string[]
}

/** What a process left. */
export interface Outcome {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A process that runs. */
export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Outcome>
  /** What it has printed so far, on both streams. */
  said(): string
  /** Resolves once stdout or stderr contains the text; rejects when the process ends before. */
  printed(text: string | RegExp): Promise<void>
}

/** Starts the command from its sources, as a process of its own. */
export function startWaybill(args: readonly string[], options: SpawnOptions): Running {
  const { folder, environment = {}, input = '', script = main, nodeFlags = [] } = options
  const child = spawn(process.execPath, [...nodeFlags, script, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, TZ: 'UTC', ...environment },
    stdio: 'pipe',
  })
  let stdout = ''
  let stderr = ''
  const listeners = new Set<() => void>()
  const tell = (): void => {
    for (const listener of listeners) listener()
  }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
    tell()
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
    tell()
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr }))
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return {
    child,
    ended,
    said: () => stdout + stderr,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const all = stdout + stderr
          if (typeof text === 'string' ? !all.includes(text) : !text.test(all)) return
          listeners.delete(look)
          resolve()
        }
        listeners.add(look)
        look()
        ended.then(
          (outcome) =>
            reject(new Error(`ended without printing ${String(text)}: ${JSON.stringify(outcome)}`)),
          reject,
        )
      }),
  }
}

/** Runs the command to its end. */
export async function spawnWaybill(args: readonly string[], options: SpawnOptions): Promise<Outcome> {
  return await startWaybill(args, options).ended
}
