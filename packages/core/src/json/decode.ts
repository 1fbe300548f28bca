import { InvalidInputError } from '../errors/errors.ts'
import { isForbiddenKey } from './flaw.ts'

/** A report of the greatest depth, with data of the greatest depth, is below it. */
const MAX_DECODE_DEPTH = 256

/**
 * The value of a JSON text, safe to copy and to walk: no key that changes a prototype, no depth that
 * overflows a stack, no number that became infinite.
 *
 * @param what names the text in the error, for example `parameters`
 * @throws InvalidInputError when it is not such a text
 */
export function decodeJson(text: string, what: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new InvalidInputError(what, 'this is not JSON', { cause })
  }
  const flaw = flawIn(value, 0)
  if (flaw !== undefined) throw new InvalidInputError(what, flaw)
  return value
}

function flawIn(value: unknown, depth: number): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'a number is too large'
  if (typeof value !== 'object' || value === null) return undefined
  if (depth === MAX_DECODE_DEPTH) return `nested deeper than ${MAX_DECODE_DEPTH} levels`
  const keys = Array.isArray(value) ? undefined : Object.keys(value)
  if (keys?.some(isForbiddenKey)) return `the keys __proto__, constructor and prototype are not allowed`
  for (const member of Object.values(value)) {
    const flaw = flawIn(member, depth + 1)
    if (flaw !== undefined) return flaw
  }
  return undefined
}
