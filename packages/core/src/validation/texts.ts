import { InvalidInputError } from '../errors/errors.ts'
import { textFlaw } from '../json/flaw.ts'
import { show } from './show.ts'

/**
 * A text of at most so many characters that any database keeps as it is.
 * @throws InvalidInputError when it is none
 */
export function checkText(value: unknown, path: string, maxLength: number): string {
  if (typeof value !== 'string' || value.length > maxLength) {
    throw new InvalidInputError(
      path,
      `expected a text of at most ${maxLength} characters, got ${show(value)}`,
    )
  }
  const flaw = textFlaw(value)
  if (flaw !== undefined) throw new InvalidInputError(path, flaw)
  return value
}
