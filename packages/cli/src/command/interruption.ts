import { InterruptedError } from '../errors/cli-error.ts'
import type { SignalSource } from './host.ts'

/** How long a command that was aborted may take to say what it has done. */
const LAST_WORDS_MS = 2_000
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Ends a command early: INT, TERM and HUP abort its signal, and so does a closed pipe. What hangs all the same (a connect, a
 * module that never loads) is left after a moment, or at once on a second signal.
 */
export class Interruption {
  readonly #source: SignalSource
  readonly #controller: AbortController
  readonly #listener: () => void
  readonly #left: Promise<never>
  #leave: () => void = () => {}
  #released = false

  /** Listens from now on. */
  constructor(source: SignalSource, controller: AbortController) {
    const { signal } = controller
    this.#source = source
    this.#controller = controller
    this.#left = new Promise((_, reject) => {
      this.#leave = () => reject(signal.reason)
    })
    this.#listener = () => (signal.aborted ? this.#leave() : controller.abort(new InterruptedError()))
    for (const name of SIGNALS) source.on(name, this.#listener)
    signal.addEventListener('abort', () => this.#leaveSoon(), { once: true })
  }

  /** Listens no longer, and leaves nothing that hangs: the command sees to its own end. */
  release(): void {
    this.#released = true
    for (const name of SIGNALS) this.#source.off(name, this.#listener)
  }

  /** The result of the work; its abort where there was one, whatever broke because of it. */
  async untilEnd<Result>(work: Promise<Result>): Promise<Result> {
    const { signal } = this.#controller
    try {
      const result = await Promise.race([work, this.#left])
      signal.throwIfAborted()
      return result
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    } finally {
      this.release()
    }
  }

  #leaveSoon(): void {
    if (!this.#released) setTimeout(this.#leave, LAST_WORDS_MS)
  }
}
