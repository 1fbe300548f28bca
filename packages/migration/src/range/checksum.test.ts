import { crc32 as zlibCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { addToChecksum, crc32, IdChecksum } from './checksum.ts'

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

it('an id is summed up by its text, also where it is a number that follows another', () => {
  const id = fc.oneof(
    fc.string(),
    fc.integer({ min: -1_000, max: 1_100 }),
    fc.maxSafeInteger(),
    fc.integer({ min: 99_950, max: 100_050 }),
  )
  fc.assert(
    fc.property(fc.array(id), (ids) => {
      const checksum = new IdChecksum()
      for (const each of ids) checksum.add(each)
      expect(checksum.sum).toBe(ids.reduce<number>((sum, each) => sum + zlibCrc32(String(each)), 0))
    }),
  )
})
