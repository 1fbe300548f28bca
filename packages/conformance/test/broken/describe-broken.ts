import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkTaskLog } from '../../src/index.ts'
import { type BrokenLog, initializerOf } from './broken-log.ts'
import { expectedBreaks, RANDOM_CELL } from './expected-breaks.ts'

/** Declares one test for each broken log: it breaks the rules that are listed with it, and no others. */
export function describeBroken(logs: readonly BrokenLog[]): void {
  // Which random sequences are tried must not decide whether a log is found out; nobody reads the shrunk ones.
  fc.configureGlobal({ seed: 20_261_124, endOnFailure: true })
  describe('a broken log breaks exactly the rules that forbid what it does', () => {
    test.each(logs)('$name', { timeout: 120_000 }, async (log) => {
      const verdicts = await checkTaskLog(initializerOf(log))
      const broken = verdicts.flatMap(({ id, outcome }) => (outcome === 'broken' ? id : []))
      const found = broken.filter((id) => id !== RANDOM_CELL)
      expect(found).toEqual(expectedBreaks(log, verdicts))
      expect(found).not.toEqual([])
      if (log.isFoundAtRandom) expect(broken).toContain(RANDOM_CELL)
    })
  })
}
