/**
 * What must not reach a terminal as it is: control characters (they move the cursor and change the screen), the marks that
 * turn the direction of text, line separators, and half surrogate pairs.
 */
const UNSAFE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu

const SHORT: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\0', '\\0'],
])

/** The text on one line, with everything unsafe shown as an escape: `\n`, `\x1b`, `\u202e`. */
export function escapeControl(text: string): string {
  return text.replace(UNSAFE, (character) => SHORT.get(character) ?? escapeCode(character))
}

/** JSON that is safe to look at: what JSON itself leaves as it is, is escaped too. Same value when it is parsed. */
export function safeJson(value: unknown, indent = 0): string {
  const json = JSON.stringify(value, null, indent) ?? 'null'
  return json.replace(UNSAFE, (character) =>
    character === '\n' ? '\n' : `\\u${hex(character.charCodeAt(0), 4)}`,
  )
}

function escapeCode(character: string): string {
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}
