import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { OsUser } from './os-user.ts'

const READY_WITHIN_MS = 60_000
const STOPPED_WITHIN_MS = 30_000
const PORTS_TO_TRY = 3
/** What a crash leaves behind, such as PostgreSQL's backends, keeps the next server from starting for a moment. */
const RESTARTS_TO_TRY = 40
const RESTART_PAUSE_MS = 250

/** A database server for tests: one that we started, or one that was given by its URL. */
export interface TestServer {
  readonly url: string
  /** What it says it is, such as `PostgreSQL 18.4`. */
  readonly version: string
  /** `undefined` for a server that was given by its URL: it is not ours to signal. */
  readonly pid: number | undefined
  /** Ends the process with the signal and starts it again on the same data and port. Refused for a given server. */
  restart(signal?: NodeJS.Signals): Promise<void>
  /** Ends the process and removes its data. Safe to call twice; leaves a given server alone. */
  stop(): Promise<void>
}

/** How one kind of server is run in the foreground. */
export interface ServerProgram {
  readonly name: string
  readonly command: string
  /** Holds the data and the log; removed when the server stops. */
  readonly directory: string
  readonly user: OsUser | undefined
  readonly stopSignal: NodeJS.Signals
  readonly abortSignal: NodeJS.Signals
  argumentsFor(port: number): readonly string[]
  urlFor(port: number): string
  /** Asks the server for its version; rejects as long as it does not answer. */
  askVersion(url: string): Promise<string>
}

/** Stands for a server somebody else runs. */
export function givenServer(url: string, version: string): TestServer {
  return {
    url,
    version,
    pid: undefined,
    restart: () => Promise.reject(new Error('A server that was given by its URL is not restarted')),
    stop: () => Promise.resolve(),
  }
}

/** Starts the program on a free port and waits until it answers. */
export async function launch(program: ServerProgram): Promise<TestServer> {
  for (let tries = 1; ; tries++) {
    const port = await freePort()
    try {
      return await launchOn(program, port)
    } catch (error) {
      if (tries < PORTS_TO_TRY) continue
      rmSync(program.directory, { recursive: true, force: true })
      throw error
    }
  }
}

async function launchOn(program: ServerProgram, port: number): Promise<TestServer> {
  const url = program.urlFor(port)
  let running = run(program, port)
  const version = await untilReady(program, running, url)
  let stopped: Promise<void> | undefined

  return {
    url,
    version,
    get pid() {
      return running.process.pid
    },
    async restart(signal = program.stopSignal) {
      await end(running, signal, program.abortSignal)
      for (let tries = 1; ; tries++) {
        running = run(program, port)
        try {
          await untilReady(program, running, url)
          return
        } catch (error) {
          if (tries === RESTARTS_TO_TRY) throw error
          await sleep(RESTART_PAUSE_MS)
        }
      }
    },
    stop() {
      stopped ??= end(running, program.stopSignal, program.abortSignal).then(() =>
        rmSync(program.directory, { recursive: true, force: true }),
      )
      return stopped
    },
  }
}

interface Running {
  readonly process: ChildProcess
  readonly guard: ChildProcess
}

function run(program: ServerProgram, port: number): Running {
  const log = openSync(logOf(program), 'a')
  const child = spawn(program.command, program.argumentsFor(port), {
    ...program.user,
    cwd: program.directory,
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.unref()
  return { process: child, guard: guard(child, program) }
}

/** A shell that waits for us to die, by whatever cause, and then ends the server and removes its data. */
function guard(child: ChildProcess, program: ServerProgram): ChildProcess {
  const script = 'cat; kill -s "$1" "$2"; sleep 1; rm -rf "$3"'
  const signal = program.abortSignal.slice('SIG'.length)
  const shell = spawn('/bin/sh', ['-c', script, 'guard', signal, String(child.pid), program.directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  shell.unref()
  const pipe = shell.stdin
  if (pipe && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref()
  return shell
}

async function untilReady(program: ServerProgram, running: Running, url: string): Promise<string> {
  const deadline = Date.now() + READY_WITHIN_MS
  let reason: unknown = 'it did not answer'
  while (isRunning(running.process) && Date.now() < deadline) {
    try {
      return await program.askVersion(url)
    } catch (error) {
      reason = error
      await sleep(50)
    }
  }
  const log = readFileSync(logOf(program), 'utf8').trim().split('\n').slice(-10).join('\n')
  await end(running, program.abortSignal, program.abortSignal)
  throw new Error(`${program.name} did not start: ${reason}\n${log}`)
}

async function end({ process, guard }: Running, signal: NodeJS.Signals, abortSignal: NodeJS.Signals) {
  guard.kill('SIGKILL')
  if (!isRunning(process)) return
  const exited = once(process, 'exit')
  process.kill(signal)
  const abort = setTimeout(() => process.kill(abortSignal), STOPPED_WITHIN_MS)
  await exited
  clearTimeout(abort)
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}

function logOf(program: ServerProgram): string {
  return join(program.directory, 'server.log')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No free port')
  return address.port
}
