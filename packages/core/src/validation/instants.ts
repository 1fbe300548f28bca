import { InvalidInputError } from '../errors/errors.ts'
import { show } from './show.ts'

/** The end of the year 9999, the last instant every database knows. */
const LAST_INSTANT = 253_402_300_799_999

/**
 * An instant from 1970 to 9999, as a Date or in whole milliseconds since the epoch; answers the milliseconds.
 * @throws InvalidInputError when it is none
 */
export function checkInstant(value: unknown, path: string): number {
  const ms = value instanceof Date ? value.getTime() : value
  if (typeof ms === 'number' && Number.isInteger(ms) && ms >= 0 && ms <= LAST_INSTANT) return ms
  throw new InvalidInputError(path, `expected a Date or milliseconds, from 1970 to 9999, got ${show(value)}`)
}
