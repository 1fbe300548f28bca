import { InvalidInputError } from '../errors/errors.ts'
import { show } from '../validation/show.ts'

/** A duration: milliseconds as a number, or a number with a unit: `'250ms'`, `'5s'`, `'10m'`, `'2h'`, `'7d'`. */
export type Duration = number | string

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])

/**
 * The milliseconds of a {@link Duration}.
 *
 * @param path names the value in the error
 * @throws InvalidInputError when it is no duration, negative, or above 2^53 - 1 ms
 */
export function durationMs(duration: Duration, path: string): number {
  const match =
    typeof duration === 'string' ? /^(\d{1,15}(?:\.\d{1,9})?)\s?(ms|s|m|h|d)$/.exec(duration) : null
  const ms =
    typeof duration === 'number'
      ? duration
      : match
        ? Number(match[1]) * (UNITS.get(match[2] as string) as number)
        : Number.NaN
  if (!(ms >= 0) || ms > Number.MAX_SAFE_INTEGER) {
    throw new InvalidInputError(path, `expected milliseconds or a duration like '5m', got ${show(duration)}`)
  }
  return Math.round(ms)
}
