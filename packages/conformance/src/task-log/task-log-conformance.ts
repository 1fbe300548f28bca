import { afterAll, beforeAll, describe, test } from 'vitest'
import { ProcessPool } from '../processes/process-pool.ts'
import {
  type ConformanceOptions,
  INFRASTRUCTURE_TIMEOUT_MS,
  rulesByArea,
  type Verdict,
  verdictOf,
} from '../verdict.ts'
import { checkTaskLogRule } from './check.ts'
import type { TaskLogInitializer } from './initializer.ts'
import { taskLogRules } from './rules.ts'

/**
 * Declares a vitest test for every rule of a task log. A rule is skipped only where the log's own capabilities or
 * interfaces rule it out; the report says why.
 */
export function taskLogConformance(initializer: TaskLogInitializer, options: ConformanceOptions = {}): void {
  describe(`task log conformance: ${initializer.name}`, () => {
    const setting = { create: async () => initializer.create(), processes: new ProcessPool() }
    beforeAll(async () => initializer.start?.(), INFRASTRUCTURE_TIMEOUT_MS)
    afterAll(async () => {
      await setting.processes.end()
      await initializer.stop?.()
    }, INFRASTRUCTURE_TIMEOUT_MS)
    for (const [area, rules] of rulesByArea(taskLogRules, options)) {
      describe(area, () => {
        for (const rule of rules) {
          test(`${rule.id} ${rule.name}`, { timeout: rule.timeoutMs }, async ({ skip }) => {
            const excuse = await checkTaskLogRule(rule, setting)
            if (excuse !== null) skip(excuse)
          })
        }
      })
    }
  })
}

/**
 * Tries every rule and says what became of it, without declaring a test: for those who test the suite, or a log that
 * is meant to be broken. Runs inside vitest only.
 */
export async function checkTaskLog(
  initializer: TaskLogInitializer,
  options: ConformanceOptions = {},
): Promise<readonly Verdict[]> {
  const setting = { create: async () => initializer.create(), processes: new ProcessPool() }
  const verdicts: Verdict[] = []
  await initializer.start?.()
  try {
    for (const rule of [...rulesByArea(taskLogRules, options).values()].flat()) {
      verdicts.push(await verdictOf(rule, async () => checkTaskLogRule(rule, setting)))
    }
  } finally {
    await setting.processes.end()
    await initializer.stop?.()
  }
  return verdicts
}
