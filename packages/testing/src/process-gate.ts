import type { CancelTimer, Clock } from '@waybill/core'

/** What a simulated process is: everything it does goes through its gate, which can be shut for a time or for ever. */
export class ProcessGate implements Clock {
  readonly #clock: Clock
  #state: 'alive' | 'frozen' | 'dead' = 'alive'
  #held: (() => void)[] = []

  /** @param clock the clock of the world outside, which no freeze stops */
  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether it was killed. */
  get isDead(): boolean {
    return this.#state === 'dead'
  }

  now(): number {
    return this.#clock.now()
  }

  monotonic(): number {
    return this.#clock.monotonic()
  }

  /** A timer of the process: late when it is frozen, never when it is dead. */
  setTimer(callback: () => void, ms: number): CancelTimer {
    let cancelled = false
    const cancel = this.#clock.setTimer(() => {
      this.#enter(() => {
        if (!cancelled) callback()
      })
    }, ms)
    return () => {
      cancelled = true
      cancel()
    }
  }

  /** Resolves when the process may go on: at once, once it has thawed, or never. */
  pass(): Promise<void> {
    return new Promise((resolve) => this.#enter(resolve))
  }

  #enter(step: () => void): void {
    if (this.#state === 'alive') step()
    else if (this.#state === 'frozen') this.#held.push(step)
  }

  /** What has left the process is on its way whatever becomes of it, as a packet is: waits by the clock outside. */
  travel(ms: number): Promise<void> {
    if (ms === 0) return Promise.resolve()
    return new Promise((resolve) => {
      if (Number.isFinite(ms)) this.#clock.setTimer(resolve, ms)
    })
  }

  /** Stops it for ever, in the middle of whatever it does, as SIGKILL does. */
  kill(): void {
    this.#state = 'dead'
    this.#held = []
  }

  /** Stops it until it thaws, as SIGSTOP does. */
  freeze(): void {
    if (this.#state === 'alive') this.#state = 'frozen'
  }

  /** Lets it go on where it stopped. */
  thaw(): void {
    if (this.#state !== 'frozen') return
    this.#state = 'alive'
    const held = this.#held
    this.#held = []
    for (const step of held) this.#enter(step)
  }
}
