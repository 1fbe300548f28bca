import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Bisection } from './bisection.ts'

/** Goes over units as the loop does; answers what was left out, and how many tries it took. */
function goOver(
  total: number,
  size: number,
  bad: ReadonlySet<number>,
  knowsWhich: boolean,
): { out: number[]; tries: number } {
  const bisection = new Bisection()
  const out: number[] = []
  let tries = 0
  let at = 0
  while (at < total) {
    tries += 1
    const units = Math.min(bisection.limit ?? size, total - at)
    const first = Array.from({ length: units }, (_, index) => at + index).find((unit) => bad.has(unit))
    if (first === undefined) {
      bisection.succeeded(units)
      at += units
    } else if (units > 1) {
      bisection.failed(units, knowsWhich ? first - at : null)
    } else {
      out.push(at)
      bisection.clear()
      at += 1
    }
  }
  return { out, tries }
}

it('finds exactly the bad units, whether it is known which one threw or not', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 100 }),
      fc.uniqueArray(fc.nat(299), { maxLength: 20 }),
      fc.boolean(),
      (total, size, bad, knowsWhich) => {
        const expected = bad.filter((unit) => unit < total).sort((left, right) => left - right)
        const { out, tries } = goOver(total, size, new Set(bad), knowsWhich)
        expect(out).toEqual(expected)
        const each = knowsWhich ? 3 : 2 * Math.ceil(Math.log2(size)) + 2
        expect(tries).toBeLessThanOrEqual(Math.ceil(total / size) + expected.length * (each + 1))
      },
    ),
  )
})

it('one bad unit of a thousand is found in few tries', () => {
  expect(goOver(1_000, 1_000, new Set([617]), false).tries).toBeLessThan(25)
  expect(goOver(1_000, 1_000, new Set([617]), true).tries).toBe(4)
})
