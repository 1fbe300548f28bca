import { InvalidInputError } from '../errors/errors.ts'
import { findFlaw, TOO_LARGE } from './flaw.ts'
import { exceedsUtf8 } from './utf8.ts'

/** What Waybill stores for one task, as JSON text, is never larger: 1 MB of UTF-8. */
export const MAX_JSON_BYTES = 1_048_576

/** Limits of {@link encodeJson}. */
export interface JsonLimits {
  /** Bytes of UTF-8; {@link MAX_JSON_BYTES} when not given. */
  readonly maxBytes?: number
}

/**
 * The JSON text of a value that comes back as it was: `decodeJson(encodeJson(value))` deep-equals the value, or
 * this throws. Nothing is dropped, rounded or converted in silence.
 *
 * @param path names the value in the error, for example `parameters`
 * @throws InvalidInputError naming the exact path; with code `payload_too_large` above the limit
 */
export function encodeJson(value: unknown, path: string, limits: JsonLimits = {}): string {
  const maxBytes = limits.maxBytes ?? MAX_JSON_BYTES
  let text = ''
  let flaw: ReturnType<typeof findFlaw>
  try {
    flaw = findFlaw(value, maxBytes)
    if (flaw === undefined) text = JSON.stringify(value)
  } catch (cause) {
    throw new InvalidInputError(path, 'the value cannot be read', { cause })
  }
  if (flaw === TOO_LARGE || exceedsUtf8(text, maxBytes)) {
    const code = 'payload_too_large'
    throw new InvalidInputError(
      path,
      `more than ${maxBytes} bytes; store it elsewhere and pass a reference`,
      { code },
    )
  }
  if (flaw !== undefined) throw new InvalidInputError(path + flaw.path, flaw.message)
  return text
}
