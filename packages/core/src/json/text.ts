/** What stands where something was too long, too deep or no JSON. */
export const TRUNCATED = '[truncated]'

/** A text any database keeps, at most so many characters long (and then a visible mark). */
export function tidyText(text: string, maxLength: number): string {
  const cut = text.length > maxLength ? text.slice(0, maxLength) + TRUNCATED : text
  return cut.replaceAll('\0', '\ufffd').toWellFormed()
}

/** Any value as text; never throws. */
export function textOf(value: unknown): string {
  try {
    return String(value)
  } catch {
    return 'a value that cannot be shown'
  }
}

/** A property of any value; undefined when reading it throws. */
export function readProperty(value: unknown, key: string): unknown {
  try {
    return (value as Record<string, unknown> | null | undefined)?.[key]
  } catch {
    return undefined
  }
}
