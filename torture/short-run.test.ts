import { describe, expect, it } from 'vitest'
import { torture } from './run.ts'
import { STORE_KINDS } from './stores/open-log.ts'

/** How long each log is tortured: long enough for every kind of fault. */
const WANTED_S = 120
/** On a slow machine it is less: with all that comes before, the tests end within this time. */
const ALL_TESTS_S = 19 * 60
/** Of each log, beside the torture itself: starting the server, the last tasks, the judgement. */
const BESIDE_S = 45
const SHORTEST_S = 20

const SECONDS = Number(process.env['WAYBILL_TORTURE_SECONDS'] ?? affordable())
const SEED = Number(process.env['WAYBILL_TORTURE_SEED'] ?? Math.floor(Math.random() * 1_000_000))

if (SECONDS < WANTED_S)
  console.log(`Each log is tortured for ${SECONDS} s in this run, not for ${WANTED_S} s.`)

describe(`tortured for ${SECONDS} s with seed ${SEED}`, () => {
  // One after the other: recovery is timed, and three crews at once keep two cores from being in time.
  it.each(STORE_KINDS)(
    '%s keeps every promise',
    async (kind) => {
      const { violations, folder } = await torture({ kind, ms: SECONDS * 1_000, seed: SEED })
      expect(violations, `the histories are in ${folder}`).toEqual([])
    },
    SECONDS * 1_000 + 600_000,
  )
})

function affordable(): number {
  const passed = (Date.now() - Number(process.env['WAYBILL_TESTS_BEGAN'])) / 1000
  const each = Math.floor((ALL_TESTS_S - passed) / STORE_KINDS.length) - BESIDE_S
  return Math.min(WANTED_S, Math.max(SHORTEST_S, each))
}
