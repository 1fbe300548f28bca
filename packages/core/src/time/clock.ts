/** How a {@link Clock} stops waiting. */
export type CancelTimer = () => void

/**
 * The only way core tells time, so that a simulation can put a virtual clock in its place. Nothing that is
 * written to a log is decided by it: leases and timestamps are the log's own.
 */
export interface Clock {
  /** Whole milliseconds since the epoch, for people and for ids; may step. */
  now(): number
  /** Milliseconds from an arbitrary start; never steps back. For durations. */
  monotonic(): number
  /** Calls back once after `ms` milliseconds; any number from 0 to 2^53 is waited for exactly. */
  setTimer(callback: () => void, ms: number): CancelTimer
}

/** Timers above 2^31 - 1 ms fire at once in every JavaScript runtime, so longer ones are waited for in pieces. */
const LONGEST_TIMER_MS = 2_147_483_647

/** The machine's clock. Its timers do not keep a process alive by themselves unless `keepAlive` is set. */
export function createSystemClock(options: { keepAlive?: boolean } = {}): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    setTimer(callback, ms) {
      let remaining = ms
      let timer: ReturnType<typeof setTimeout>
      const wait = (): void => {
        const piece = Math.min(remaining, LONGEST_TIMER_MS)
        remaining -= piece
        timer = setTimeout(() => (remaining > 0 ? wait() : callback()), piece)
        if (options.keepAlive !== true) (timer as { unref?: () => void }).unref?.()
      }
      wait()
      return () => clearTimeout(timer)
    },
  }
}

/** The machine's clock; its timers keep the process alive while they wait. */
export const systemClock: Clock = createSystemClock({ keepAlive: true })
