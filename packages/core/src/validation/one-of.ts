import { InvalidInputError } from '../errors/errors.ts'
import { show } from './show.ts'

/**
 * A word of a closed set.
 * @throws InvalidInputError naming the set
 */
export function checkOneOf<Word extends string>(value: unknown, path: string, words: readonly Word[]): Word {
  if (words.includes(value as Word)) return value as Word
  throw new InvalidInputError(path, `expected one of ${words.join(', ')}, got ${show(value)}`)
}
