import { describe, expect, it } from 'vitest'
import { torture } from './run.ts'
import { STORE_KINDS } from './stores/open-log.ts'

/**
 * How long each log is tortured; two minutes of each would be a quarter of what the whole of the tests may take. A run
 * of 100 s and more has to see every kind of fault, a shorter one only some of each class.
 */
const SECONDS = Number(process.env['WAYBILL_TORTURE_SECONDS'] ?? 20)
const SEED = Number(process.env['WAYBILL_TORTURE_SEED'] ?? Math.floor(Math.random() * 1_000_000))
/** Which logs: one in each run of the tests, drawn by the seed, for all three take as long as a quarter of the tests. */
const KINDS =
  process.env['WAYBILL_TORTURE_LOGS'] === 'all'
    ? STORE_KINDS
    : STORE_KINDS.filter((_, index) => index === SEED % STORE_KINDS.length)
if (KINDS.length < STORE_KINDS.length) {
  console.log(
    `Only ${KINDS.join()} is tortured in this run, for time; WAYBILL_TORTURE_LOGS=all takes every log.`,
  )
}

describe(`tortured for ${SECONDS} s with seed ${SEED}`, () => {
  // One after the other: recovery is timed, and three crews at once keep two cores from being in time.
  it.each(KINDS)(
    '%s keeps every promise',
    async (kind) => {
      const { violations, folder } = await torture({ kind, ms: SECONDS * 1_000, seed: SEED })
      expect(violations, `the histories are in ${folder}`).toEqual([])
    },
    SECONDS * 1_000 + 600_000,
  )
})
