import { InvalidInputError } from '../errors/errors.ts'
import { show } from './show.ts'

/**
 * A list of at most so many; holes come out as undefined.
 * @throws InvalidInputError when it is none
 */
export function checkList(value: unknown, path: string, max: number): readonly unknown[] {
  if (Array.isArray(value) && value.length <= max) return Array.from(value as readonly unknown[])
  throw new InvalidInputError(path, `expected a list of at most ${max}, got ${show(value)}`)
}
