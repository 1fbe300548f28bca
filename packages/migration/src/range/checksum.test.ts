import { crc32 as zlibCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { addToChecksum, crc32 } from './checksum.ts'

it('is the CRC-32 everybody else computes', () => {
  expect(crc32('123456789')).toBe(0xcbf43926)
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(crc32(text)).toBe(zlibCrc32(text))
    }),
  )
})

it('sums stay exact beyond 2^53', () => {
  expect(addToChecksum('9007199254740993', 2)).toBe('9007199254740995')
})
