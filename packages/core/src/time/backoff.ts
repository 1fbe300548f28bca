/** How long a failed task waits before its next attempt. */
export interface BackoffPolicy {
  /** The wait after the first attempt, in milliseconds. */
  readonly baseMs: number
  /** No wait is longer, in milliseconds. */
  readonly maxMs: number
  /** What each further attempt multiplies the wait with. */
  readonly factor: number
  /** The share of the wait that is random, 0 to 1: 0.5 waits between 50 % and 100 % of it. */
  readonly jitter: number
}

/** Waits 1 s, 2 s, 4 s ... up to 5 minutes, half of each random. */
export const DEFAULT_BACKOFF: BackoffPolicy = { baseMs: 1_000, maxMs: 300_000, factor: 2, jitter: 0.5 }

/**
 * The wait after the given attempt (1 is the first), in whole milliseconds. Never above `maxMs`, never NaN,
 * whatever the attempt.
 *
 * @param random a number in [0, 1), handed in so that the function stays pure
 */
export function backoffMs(attempt: number, policy: BackoffPolicy, random: number): number {
  const growth = Math.min(policy.factor ** (Math.max(attempt, 1) - 1), Number.MAX_VALUE)
  const full = Math.min(policy.baseMs * growth, policy.maxMs)
  return Math.round(full * (1 - policy.jitter * random))
}
