import { decodeJson } from './decode.ts'

/** The JSON text of a JSON value with the keys of every object sorted: equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`
}

/**
 * Tells two payloads apart under one idempotency key, whatever the order of their keys. Two 53-bit hashes: enough to
 * notice a mistake, no protection against somebody who looks for a collision among their own keys.
 *
 * @param parametersJson what `encodeJson` made of the parameters
 */
export function fingerprint(taskName: string, parametersJson: string): string {
  const text = `${taskName}\n${canonicalJson(decodeJson(parametersJson, 'parameters'))}`
  return hash53(text, 0) + hash53(text, 1)
}

/** Two 32-bit multiply-and-mix lanes over the UTF-16 units, finished as in MurmurHash3 (cyrb53). */
function hash53(text: string, seed: number): string {
  let high = 0xdeadbeef ^ seed
  let low = 0x41c6ce57 ^ seed
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    high = Math.imul(high ^ unit, 2_654_435_761)
    low = Math.imul(low ^ unit, 1_597_334_677)
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909)
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909)
  return (4_294_967_296 * (0x1fffff & low) + (high >>> 0)).toString(16).padStart(14, '0')
}
