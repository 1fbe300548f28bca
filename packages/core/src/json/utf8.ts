const ENCODER = new TextEncoder()

/** Whether a text takes more than so many bytes of UTF-8. Only texts near the limit are measured. */
export function exceedsUtf8(text: string, maxBytes: number): boolean {
  if (text.length * 3 <= maxBytes) return false
  return text.length > maxBytes || utf8Length(text) > maxBytes
}

/** The bytes of UTF-8 a text takes. */
export function utf8Length(text: string): number {
  return ENCODER.encode(text).length
}
