import type { TaskLogBroker } from '@waybill/core'
import { type Conformance, collectVerdicts, declareConformance } from '../declare.ts'
import { ProcessPool } from '../processes/process-pool.ts'
import { factsOfLog } from '../sheet/facts.ts'
import type { ConformanceOptions, Verdict } from '../verdict.ts'
import type { TaskLogInitializer } from './initializer.ts'
import { taskLogRules } from './rules.ts'
import { createTrial, type TaskLogTrial } from './trial.ts'

/**
 * Declares a vitest test for every rule of a task log. A rule is skipped only where the log's own capabilities or
 * interfaces rule it out; the report says why.
 */
export function taskLogConformance(initializer: TaskLogInitializer, options: ConformanceOptions = {}): void {
  declareConformance(conformanceOf(initializer), options)
}

/**
 * Tries every rule and says what became of it, without declaring a test: for those who test the suite, or a log that
 * is meant to be broken. Runs inside vitest only.
 */
export async function checkTaskLog(
  initializer: TaskLogInitializer,
  options: ConformanceOptions = {},
): Promise<readonly Verdict[]> {
  return collectVerdicts(conformanceOf(initializer), options)
}

function conformanceOf(initializer: TaskLogInitializer): Conformance<TaskLogTrial, TaskLogBroker> {
  const setting = { create: async () => initializer.create(), processes: new ProcessPool() }
  return {
    title: `task log conformance: ${initializer.name}`,
    rules: taskLogRules,
    start: async () => initializer.start?.(),
    async stop() {
      await setting.processes.end()
      await initializer.stop?.()
    },
    async check(rule, seen) {
      const trial = await createTrial(setting)
      try {
        seen(factsOfLog(trial.log))
        const excuse = rule.excuse(trial.log)
        if (excuse !== null) return excuse
        if (!rule.isBare) await trial.log.createContainer()
        await rule.run(trial)
        return null
      } finally {
        await trial.end()
      }
    },
  }
}
