const TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/**
 * CRC-32 of a text's UTF-8 bytes: what `CRC32(text)` is in MySQL and MariaDB, and `crc32(bytea)` in PostgreSQL 18, so that
 * one SQL statement checks a migration's checksum.
 */
export function crc32(text: string): number {
  let value = -1
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit > 0x7f) return crc32OfBytes(new TextEncoder().encode(text))
    value = (TABLE[(value ^ unit) & 0xff] as number) ^ (value >>> 8)
  }
  return ~value >>> 0
}

function crc32OfBytes(bytes: Uint8Array): number {
  let value = -1
  for (const byte of bytes) value = (TABLE[(value ^ byte) & 0xff] as number) ^ (value >>> 8)
  return ~value >>> 0
}

/** Adds to a checksum, a decimal text: the sum of the CRC-32 of every key, whatever the order. */
export function addToChecksum(checksum: string, sum: number | bigint): string {
  return String(BigInt(checksum) + BigInt(sum))
}
