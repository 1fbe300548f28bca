/** What the command answers to its caller. Stable; scripts may count on it. */
export const EXIT = {
  /** It was done. */
  done: 0,
  /** It failed. */
  failed: 1,
  /** It was called, or configured, in a way it does not understand. */
  usage: 2,
  /** A check said no: schema pending or drifted, over a threshold, an awaited task failed, a migration not finished. */
  check: 3,
  /** What was named does not exist. */
  notFound: 4,
  /** The store cannot be reached. */
  unreachable: 5,
  /** The time was over. */
  timedOut: 124,
  /** It was interrupted. */
  interrupted: 130,
} as const

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
