import { afterAll, beforeAll, describe, test } from 'vitest'
import { ProcessPool } from '../processes/process-pool.ts'
import { areaOf } from '../rule.ts'
import { checkTaskLogRule } from './check.ts'
import type { TaskLogInitializer } from './initializer.ts'
import { taskLogRules } from './rules.ts'

/** Options of the suites. */
export interface ConformanceOptions {
  /** Only these rules or areas, for example `['claim', 'settle-003']`; default: all. */
  readonly only?: readonly string[]
}

/**
 * Declares a vitest test for every rule of a task log. A rule is skipped only where the log's own capabilities or
 * interfaces rule it out; the report says why.
 */
export function taskLogConformance(initializer: TaskLogInitializer, options: ConformanceOptions = {}): void {
  const { only } = options
  const rules = taskLogRules.filter(
    ({ id }) => only === undefined || only.includes(id) || only.includes(areaOf(id)),
  )
  describe(`task log conformance: ${initializer.name}`, () => {
    const setting = { create: async () => initializer.create(), processes: new ProcessPool() }
    beforeAll(async () => initializer.start?.(), 120_000)
    afterAll(async () => {
      await setting.processes.end()
      await initializer.stop?.()
    }, 120_000)
    for (const [area, ruled] of Map.groupBy(rules, ({ id }) => areaOf(id))) {
      describe(area, () => {
        for (const rule of ruled) {
          test(`${rule.id} ${rule.name}`, { timeout: rule.timeoutMs }, async ({ skip }) => {
            const excuse = await checkTaskLogRule(rule, setting)
            if (excuse !== null) skip(excuse)
          })
        }
      })
    }
  })
}
