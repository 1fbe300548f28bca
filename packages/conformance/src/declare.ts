import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest'
import type { Rule } from './rule.ts'
import { type AdapterFacts, type GuaranteeSheet, guaranteeSheet } from './sheet/guarantee-sheet.ts'
import { type ConformanceOptions, rulesByArea, type Verdict, verdictOf } from './verdict.ts'

const INFRASTRUCTURE_TIMEOUT_MS = 120_000

/** What a contract needs to be tried on an adapter. */
export interface Conformance<Trial, Subject> {
  /** What is tried, and on what: `task log conformance: postgres`. */
  readonly title: string
  readonly rules: readonly Rule<Trial, Subject>[]
  /** Brings up what all subjects share. */
  readonly start: () => Promise<void>
  /** Takes it down again. */
  readonly stop: () => Promise<void>
  /** Tries one rule on a subject of its own; throws when it is broken, answers null or why it does not apply. */
  readonly check: (rule: Rule<Trial, Subject>, seen: (facts: AdapterFacts) => void) => Promise<string | null>
}

/** Declares a vitest test for each rule, and one for the guarantee sheet that comes of them. */
export function declareConformance<Trial, Subject>(
  { title, rules, start, stop, check }: Conformance<Trial, Subject>,
  options: ConformanceOptions,
): void {
  describe(title, () => {
    const verdicts: Verdict[] = []
    let facts: AdapterFacts | undefined
    const seen = (current: AdapterFacts): void => {
      facts = current
    }
    beforeAll(start, INFRASTRUCTURE_TIMEOUT_MS)
    afterAll(stop, INFRASTRUCTURE_TIMEOUT_MS)
    for (const [area, inArea] of rulesByArea(rules, options)) {
      describe(area, () => {
        for (const rule of inArea) {
          test(`${rule.id} ${rule.name}`, { timeout: rule.timeoutMs }, async ({ skip }) => {
            let broken: unknown
            const verdict = await verdictOf(rule, async () => {
              try {
                return await check(rule, seen)
              } catch (error) {
                broken = error
                throw error
              }
            })
            verdicts.push(verdict)
            if (verdict.outcome === 'broken') throw broken
            if (verdict.outcome === 'excused') skip(verdict.reason ?? '')
          })
        }
      })
    }
    test('the guarantee sheet', async ({ task, skip }) => {
      if (facts === undefined) return skip('no rule was tried')
      const sheet = guaranteeSheet(facts, verdicts)
      publishSheet(task, sheet)
      if (options.sheet === undefined) return
      if (verdicts.length < rules.length) return skip('not every rule was tried')
      await expect(`${JSON.stringify(sheet, null, 2)}\n`).toMatchFileSnapshot(options.sheet)
    })
  })
}

/** Tries every rule and says what became of it, without declaring a test. */
export async function collectVerdicts<Trial, Subject>(
  { rules, start, stop, check }: Conformance<Trial, Subject>,
  options: ConformanceOptions,
): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = []
  await start()
  try {
    for (const rule of [...rulesByArea(rules, options).values()].flat()) {
      verdicts.push(await verdictOf(rule, async () => check(rule, () => undefined)))
    }
  } finally {
    await stop()
  }
  return verdicts
}

/** Hands a sheet to reporters. */
function publishSheet(task: TestContext['task'], sheet: GuaranteeSheet): void {
  Object.assign(task.meta, { waybillSheet: sheet })
}

/** The sheet that a test published; undefined for other tests. */
export function publishedSheet(meta: object): GuaranteeSheet | undefined {
  return (meta as { readonly waybillSheet?: GuaranteeSheet }).waybillSheet
}
