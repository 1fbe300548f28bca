/** About this much work is taken at once. More would hoard what other workers could do. */
const WORK_MS = 100
/** How fast the estimate follows: the share of the newest measurement. */
const ALPHA = 0.3

/** How many tasks to claim at once: what the worker gets done in 100 ms, measured as it goes. */
export class BlockSize {
  readonly #limit: number
  #perMs = 0
  #count = 0
  #since: number

  /** @param limit never more than this; @param nowMs the monotonic clock */
  constructor(limit: number, nowMs: number) {
    this.#limit = limit
    this.#since = nowMs
  }

  /** Counts a task that ended. */
  ended(nowMs: number): void {
    this.#count += 1
    const elapsed = nowMs - this.#since
    if (elapsed < WORK_MS / 4) return
    const rate = this.#count / elapsed
    this.#perMs = this.#perMs === 0 ? rate : ALPHA * rate + (1 - ALPHA) * this.#perMs
    this.#count = 0
    this.#since = nowMs
  }

  /** Forgets an idle time, which says nothing about how long tasks take. */
  resume(nowMs: number): void {
    this.#count = 0
    this.#since = nowMs
  }

  /** Tasks in 100 ms of work, 0 to the limit. */
  get value(): number {
    return Math.min(this.#limit, Math.floor(this.#perMs * WORK_MS))
  }
}
