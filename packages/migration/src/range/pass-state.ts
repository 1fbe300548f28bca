/** A unit that could not be migrated, or was found wrong. */
export interface UnitFailure {
  /** The unit's id: its key in a table, its place in a list or file. */
  readonly id: string
  /** Why. */
  readonly message: string
}

/** No more failures are named for one range; the rest is counted. */
export const MAX_NAMED_FAILURES = 500
const MAX_MESSAGE_LENGTH = 200

/** How far one pass over one range has come. Stored with every chunk, as JSON. */
export interface PassState {
  /** The id of the last unit that was gone through; null before the first. */
  readonly position: string | null
  /** Units gone through, failed ones included. */
  readonly done: number
  /** Of those, the failed ones. */
  readonly failed: number
  /** The first of them by name. */
  readonly failures: readonly UnitFailure[]
  /** Sum of the CRC-32 of the ids of all units gone through, in decimal. */
  readonly checksum: string
  /** The end of the range was reached. */
  readonly ended: boolean
  /** Chunks that were committed. */
  readonly chunks: number
  /** The size the next chunk would have; null before the first. */
  readonly chunkSize: number | null
  /** Milliseconds spent on chunks. */
  readonly activeMs: number
  /** Milliseconds waited because a health check was bad. */
  readonly waitedMs: number
  /** Units and milliseconds of the chunks before the last, older ones fading: what the rate is made of. */
  readonly recent: { readonly units: number; readonly ms: number }
  /** The attempt of the task that committed last. */
  readonly attempt: number
}

/** A pass that has not begun. */
export const NEW_PASS: PassState = Object.freeze({
  position: null,
  done: 0,
  failed: 0,
  failures: [],
  checksum: '0',
  ended: false,
  chunks: 0,
  chunkSize: null,
  activeMs: 0,
  waitedMs: 0,
  recent: Object.freeze({ units: 0, ms: 0 }),
  attempt: 0,
})

/** The two ways over a range. */
export type PassName = 'process' | 'verify'

/** A part of the source, and how far the passes over it have come. */
export interface RangeState {
  /** Which one, from 0. */
  readonly range: number
  /** Begins after this unit; null for the first one. */
  readonly from: string | null
  /** Ends with this unit; null for the last one. */
  readonly to: string | null
  /** How many units it had when it was planned; null when that is not known. */
  readonly total: number | null
  readonly process: PassState
  readonly verify: PassState
}

/** The failures and some more; those beyond the limit are only counted by the caller. */
export function withFailures(
  failures: readonly UnitFailure[],
  more: readonly UnitFailure[],
): readonly UnitFailure[] {
  if (more.length === 0) return failures
  const short = more.map(({ id, message }) => ({ id: shorten(id), message: shorten(message) }))
  return [...failures, ...short].slice(0, MAX_NAMED_FAILURES)
}

function shorten(text: string): string {
  const line = text.toWellFormed().replaceAll(/\p{Cc}+/gu, ' ')
  return line.length <= MAX_MESSAGE_LENGTH ? line : `${line.slice(0, MAX_MESSAGE_LENGTH).toWellFormed()}…`
}
