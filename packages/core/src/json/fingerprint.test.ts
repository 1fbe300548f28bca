import fc from 'fast-check'
import { expect, it } from 'vitest'
import { canonicalJson, fingerprint } from './fingerprint.ts'

function shuffled(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(shuffled)
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, shuffled(member)]),
  )
}

const json = fc
  .jsonValue()
  .filter((value) => !/"(__proto__|constructor|prototype)"/.test(JSON.stringify(value)))

it('canonical JSON is JSON of the same value, whatever the order of keys', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value))
    }),
  )
})

it('a fingerprint is stable under the order of keys', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(fingerprint('a', JSON.stringify(shuffled(value)))).toBe(fingerprint('a', JSON.stringify(value)))
    }),
  )
})

it('a fingerprint differs by name, by value and by the order of a list', () => {
  const prints = [
    fingerprint('a', 'null'),
    fingerprint('b', 'null'),
    fingerprint('a', '{}'),
    fingerprint('a', '[1,2]'),
    fingerprint('a', '[2,1]'),
    fingerprint('a', '["1"]'),
    fingerprint('a', '[1]'),
    fingerprint('a', '{"a":1,"b":2}'),
    fingerprint('a', '{"a":2,"b":1}'),
  ]
  expect(new Set(prints).size).toBe(prints.length)
  expect(prints.every((print) => /^[0-9a-f]{28}$/.test(print))).toBe(true)
})

it('20,000 payloads have 20,000 fingerprints', () => {
  const prints = new Set(Array.from({ length: 20_000 }, (_, i) => fingerprint('billing', `{"i":${i}}`)))
  expect(prints.size).toBe(20_000)
})

it('fingerprints stay the same from release to release: rows in databases carry them', () => {
  expect(fingerprint('billing.report', '{"month":"2026-11","owner":"é"}')).toBe(
    '175efad095aeb00f42b8a8b25f52',
  )
})
