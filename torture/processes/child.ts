import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { News, Order, ProcessSetting } from './orders.ts'
import { FREEZE_PIPE } from './self.ts'

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))
/** Where Node keeps what came of compiling the sources: the dead are replaced all the time, by processes of the same. */
const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/node', import.meta.url))
/** As much of what a process said last as is of interest. */
const LAST_WORDS = 4_000

/** How a process ended. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The end of what it said on its error output. */
  readonly words: string
}

/** A real process of the harness's, that can be killed and frozen. */
export class Child {
  readonly setting: ProcessSetting
  /** Resolves when it has ended. */
  readonly ended: Promise<Ending>
  /** Called when it is about to freeze itself. */
  onFreeze: () => void = () => {}
  #onFailure: () => void = () => {}
  readonly #process: ChildProcess
  #isFrozen = false
  #isReady = false
  #ending: Ending | null = null

  constructor(setting: ProcessSetting) {
    this.setting = setting
    this.#process = fork(MAIN, [JSON.stringify(setting)], {
      stdio: ['ignore', 'inherit', 'pipe', 'ipc', 'pipe'],
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
      execArgv: process.features.typescript ? [] : ['--experimental-strip-types'],
    })
    let words = ''
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-LAST_WORDS)
    })
    const pipe = this.#process.stdio[FREEZE_PIPE] as Readable
    pipe.on('data', () => {
      this.#isFrozen = true
      this.onFreeze()
      this.#onFailure()
    })
    this.#process.on('message', (news: News) => {
      if (news === 'ready') this.#isReady = true
      else this.#onFailure()
    })
    this.ended = once(this.#process, 'close').then(([code, signal]) => {
      this.#ending = { code, signal, words }
      this.#onFailure()
      return this.#ending
    })
  }

  /** Its name. */
  get name(): string {
    return this.setting.name
  }

  /** It has begun its work, and neither ended nor been frozen. */
  get isStanding(): boolean {
    return this.#isReady && this.#ending === null && !this.#isFrozen
  }

  /** It has ended. */
  get hasEnded(): boolean {
    return this.#ending !== null
  }

  /** Resolves when it fails at what it is armed for, or ends; at the latest after so long. */
  async failure(withinMs: number): Promise<void> {
    const failed = new Promise<void>((resolve) => {
      this.#onFailure = resolve
    })
    if (this.#ending === null) await Promise.race([failed, sleep(withinMs)])
  }

  /** Tells it something; one that has ended does not hear it. */
  send(order: Order): void {
    if (this.#process.connected) this.#process.send(order, () => {})
  }

  /** Ends it at once. */
  kill(): void {
    this.#process.kill('SIGKILL')
  }

  /** Stops it in the middle of what it does. */
  freeze(): void {
    this.#isFrozen = this.#process.kill('SIGSTOP')
  }

  /** Lets it go on. */
  thaw(): void {
    this.#isFrozen = false
    this.#process.kill('SIGCONT')
  }
}
