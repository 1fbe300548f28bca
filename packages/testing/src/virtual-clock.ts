import { setImmediate } from 'node:timers/promises'
import type { CancelTimer, Clock } from '@waybill/core'

interface Timer {
  readonly at: number
  readonly order: number
  readonly callback: () => void
}

/** How often the event loop may turn before it is taken for granted that nothing more happens by itself. */
const QUIET_TURNS = 2

/** A clock that stands still until it is told to go on. Timers that are due at the same time fire in the order in which they were set. */
export class VirtualClock implements Clock {
  readonly #start: number
  #elapsed = 0
  #order = 0
  #timers: Timer[] = []

  /** @param startAt milliseconds since the epoch */
  constructor(startAt: number) {
    this.#start = startAt
  }

  now(): number {
    return Math.floor(this.#start + this.#elapsed)
  }

  monotonic(): number {
    return this.#elapsed
  }

  setTimer(callback: () => void, ms: number): CancelTimer {
    this.#order += 1
    const timer = { at: this.#elapsed + Math.max(0, ms), order: this.#order, callback }
    const after = this.#timers.findIndex(({ at }) => at > timer.at)
    this.#timers.splice(after < 0 ? this.#timers.length : after, 0, timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** In how many milliseconds the next timer fires; null when none is set. */
  get nextTimerMs(): number | null {
    const [next] = this.#timers
    return next === undefined ? null : next.at - this.#elapsed
  }

  /** Lets everything run that needs no time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < QUIET_TURNS; turn += 1) await setImmediate()
  }

  /** Lets time pass: fires every timer that is due on the way, one after the other. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms
    await this.settle()
    for (let next = this.#timers[0]; next !== undefined && next.at <= end; next = this.#timers[0]) {
      this.#timers.shift()
      this.#elapsed = Math.max(this.#elapsed, next.at)
      next.callback()
      await this.settle()
    }
    this.#elapsed = end
  }
}
