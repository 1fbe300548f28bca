import { isForbiddenKey, MAX_JSON_DEPTH } from './flaw.ts'
import { readProperty, TRUNCATED, textOf, tidyText } from './text.ts'

const MAX_TEXT = 65_536
const MAX_VALUES = 10_000

interface Walk {
  left: number
  readonly above: object[]
}

/**
 * A JSON value that shows as much as possible of any value; never throws. What JSON has no word for becomes text; what
 * is too deep, too long, too much or cyclic ends in a visible mark.
 */
export function normaliseJson(value: unknown): unknown {
  return normalise(value, { left: MAX_VALUES, above: [] })
}

function normalise(value: unknown, walk: Walk): unknown {
  walk.left -= 1
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'string') return tidyText(value, MAX_TEXT)
  if (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value + 0
  if (typeof value !== 'object') return tidyText(textOf(value), 200)
  if (walk.left < 0 || walk.above.length === MAX_JSON_DEPTH - 1 || walk.above.includes(value))
    return TRUNCATED
  walk.above.push(value)
  try {
    return normaliseObject(value, walk)
  } catch {
    return tidyText(textOf(value), 200)
  } finally {
    walk.above.pop()
  }
}

function normaliseObject(value: object, walk: Walk): unknown {
  if (value instanceof Date) return tidyText(textOf(value.toISOString()), 200)
  if (value instanceof Error) return tidyText(textOf(value), MAX_TEXT)
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`
  if (Array.isArray(value) || value instanceof Set || value instanceof Map) return normaliseItems(value, walk)
  const members: [string, unknown][] = []
  for (const key of Object.keys(value)) {
    if (walk.left <= 0) {
      members.push([TRUNCATED, true])
      break
    }
    const member = isForbiddenKey(key) ? undefined : readProperty(value, key)
    if (member !== undefined) members.push([tidyText(key, 200), normalise(member, walk)])
  }
  return Object.fromEntries(members)
}

function normaliseItems(items: Iterable<unknown>, walk: Walk): unknown[] {
  const result: unknown[] = []
  for (const item of items) {
    result.push(walk.left > 0 ? normalise(item, walk) : TRUNCATED)
    if (walk.left <= 0) break
  }
  return result
}
