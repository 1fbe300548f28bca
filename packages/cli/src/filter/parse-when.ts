import { durationMs, InvalidInputError } from '@waybill/core'
import { DURATION_TEXT } from '../command/duration-text.ts'

/**
 * An instant as people write it: a span ago (`2h`), a date (`2026-11-24`, midnight UTC) or a date with a time (UTC unless
 * it says otherwise).
 *
 * @param now what a span is counted from
 * @throws InvalidInputError naming the path
 */
export function parseWhen(text: string, now: number, path: string): Date {
  if (DURATION_TEXT.test(text)) return new Date(Math.max(0, now - durationMs(text, path)))
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text)
  const date = match === null ? null : new Date(`${match[1]}T${match[2] ?? '00:00'}${match[3] ?? 'Z'}`)
  if (date !== null && !Number.isNaN(date.getTime())) return date
  const expected = 'expected a span such as 2h, or a date such as 2026-11-24 or 2026-11-24T08:00:00Z'
  throw new InvalidInputError(path, `${expected}, got ${JSON.stringify(text.slice(0, 40))}`)
}
