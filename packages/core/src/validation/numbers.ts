import { InvalidInputError } from '../errors/errors.ts'
import { show } from './show.ts'

/**
 * An integer within bounds, both included.
 * @throws InvalidInputError naming the bounds and what was found
 */
export function checkInteger(value: unknown, path: string, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  throw new InvalidInputError(path, `expected an integer from ${min} to ${max}, got ${show(value)}`)
}
