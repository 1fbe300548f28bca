import type { UnitId } from '../source/migration-source.ts'

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
    value = step(value, unit)
  }
  return ~value >>> 0
}

function crc32OfBytes(bytes: Uint8Array): number {
  let value = -1
  for (const byte of bytes) value = step(value, byte)
  return ~value >>> 0
}

const DIGIT_0 = 48

/** Sums up the CRC-32 of ids; a whole number counts as its decimal text. */
export class IdChecksum {
  #sum = 0
  /** What the last number had before its last two digits, and the CRC-32 as far as there, not yet inverted. */
  #head = 0
  #headState = 0

  /** The sum: exact for as many ids as a chunk can have. */
  get sum(): number {
    return this.#sum
  }

  /** Adds one id. */
  add(id: UnitId): void {
    this.#sum += typeof id === 'number' && id >= 1_000 ? this.#ofNumber(id) : crc32(String(id))
  }

  /** Keys mostly follow one another, so all but the last digits are known from the one before. */
  #ofNumber(id: number): number {
    const head = Math.floor(id / 100)
    if (head !== this.#head) {
      this.#head = head
      this.#headState = ~crc32(String(head))
    }
    const tail = id - head * 100
    const tens = (tail / 10) | 0
    const state = step(this.#headState, DIGIT_0 + tens)
    return ~step(state, DIGIT_0 + tail - tens * 10) >>> 0
  }
}

function step(state: number, byte: number): number {
  return (TABLE[(state ^ byte) & 0xff] as number) ^ (state >>> 8)
}

/** Adds to a checksum, a decimal text: the sum of the CRC-32 of every key, whatever the order. */
export function addToChecksum(checksum: string, sum: number | bigint): string {
  return String(BigInt(checksum) + BigInt(sum))
}
