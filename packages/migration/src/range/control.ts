import { setImmediate } from 'node:timers/promises'
import type { Clock, TaskContext } from '@waybill/core'
import { type HealthCheck, unhealthy } from '../health/health-check.ts'

/** Options of a {@link Control}. */
export interface ControlOptions {
  readonly context: TaskContext
  readonly clock: Clock
  /** Who has paused the run; null when nobody has. */
  readonly pausedBy: () => Promise<string | null>
  readonly health: readonly HealthCheck[]
  /** How often `pausedBy` is asked, in milliseconds. */
  readonly pollMs: number
  /** How long to wait before a bad health check is asked again, in milliseconds. */
  readonly healthMs: number
  /** Told what is waited for; null when it goes on. */
  readonly onWait: (reason: string | null) => void
}

/** Says when a range may go on: not while it is paused or something is not healthy, and not after it was asked to stop. */
export class Control {
  readonly #options: ControlOptions
  #pausedBy: string | null = null
  #ended = false
  #cancelPoll = (): void => {}

  /** @param options see {@link ControlOptions} */
  constructor(options: ControlOptions) {
    this.#options = options
  }

  /** Asks now who has paused the run, and from now on every so often. */
  async start(): Promise<void> {
    this.#pausedBy = await this.#options.pausedBy()
    this.#schedule()
  }

  /** Asks no more. */
  end(): void {
    this.#ended = true
    this.#cancelPoll()
  }

  /** Whether to stop after the unit at hand. */
  get isStopped(): boolean {
    return this.#pausedBy !== null || this.#options.context.signal.aborted
  }

  /**
   * Resolves when the next chunk may begin; answers whether it had to wait, and for how long because of health.
   * @throws the reason of the task's signal when it should stop
   */
  async ready(): Promise<{ readonly waited: boolean; readonly unhealthyMs: number }> {
    const { context, clock, health, healthMs, pollMs, onWait } = this.#options
    // Heartbeats and timers get their turn, also when every chunk is synchronous.
    await setImmediate()
    let unhealthyMs = 0
    let waited = false
    for (;;) {
      context.signal.throwIfAborted()
      const paused = this.#pausedBy
      const reason = paused === null ? await unhealthy(health) : null
      context.signal.throwIfAborted()
      if (paused === null && reason === null) break
      waited = true
      onWait(paused === null ? `Waiting: ${reason}` : `Paused by ${paused}`)
      const began = clock.monotonic()
      await wait(clock, paused === null ? healthMs : pollMs, context.signal)
      if (paused === null) unhealthyMs += clock.monotonic() - began
    }
    if (waited) {
      // A cancel ends the pause too, and may not have been felt yet.
      await context.heartbeat()
      onWait(null)
    }
    return { waited, unhealthyMs }
  }

  #schedule(): void {
    const { clock, pausedBy, pollMs } = this.#options
    this.#cancelPoll = clock.setTimer(() => {
      // A log that cannot be asked changes nothing: the lease decides whether this task may go on.
      pausedBy()
        .then((by) => {
          this.#pausedBy = by
        })
        .catch(() => {})
        .finally(() => {
          if (!this.#ended) this.#schedule()
        })
    }, pollMs)
  }
}

/** Waits, but not once the signal is aborted. */
export function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.setTimer(end, ms)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
}
