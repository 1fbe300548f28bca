import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { LongRunningWorkerOptions } from '@waybill/core'
import type { LogAddress } from '../open-log.ts'

const MAIN = fileURLToPath(new URL('./worker-main.ts', import.meta.url))
/** Most of a start is the reading of sources, which every process reads alike. */
const NODE_COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/workers', import.meta.url))

/** What a worker process is started with. */
export interface WorkerSetting {
  /** Its id in the log. */
  readonly name: string
  readonly address: LogAddress
  /** The file of the ledger. */
  readonly ledger: string
  readonly queues: readonly string[]
  readonly options: Pick<
    LongRunningWorkerOptions,
    'leaseMs' | 'beatMs' | 'sweepMs' | 'concurrency' | 'prefetch' | 'grace'
  >
}

/** How a process ended. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A worker in a process of its own. */
export class WorkerProcess {
  readonly name: string
  /** Resolves when it has ended. */
  readonly ended: Promise<Ending>
  readonly #process: ChildProcess
  #hasEnded = false

  constructor(setting: WorkerSetting) {
    this.name = setting.name
    this.#process = fork(MAIN, [JSON.stringify(setting)], {
      env: { ...process.env, NODE_COMPILE_CACHE },
      execArgv: process.features.typescript ? [] : ['--experimental-strip-types'],
    })
    this.ended = once(this.#process, 'close').then(([code, signal]) => {
      this.#hasEnded = true
      return { code, signal }
    })
  }

  /** It is no more. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Ends it at once; it can do nothing about it. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.ended
  }

  /** Stops it in the middle of what it does. */
  freeze(): void {
    this.#process.kill('SIGSTOP')
  }

  /** Lets it go on. */
  thaw(): void {
    this.#process.kill('SIGCONT')
  }

  /** Sends it a signal. */
  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }
}
