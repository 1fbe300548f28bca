import { InvalidInputError } from '../errors/errors.ts'
import { show } from './show.ts'

/**
 * An object that is no list.
 * @throws InvalidInputError when it is none
 */
export function checkObject<Value>(value: Value, path: string): Value & object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new InvalidInputError(path, `expected an object, got ${show(value)}`)
}
