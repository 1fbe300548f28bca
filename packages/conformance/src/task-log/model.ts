import fc from 'fast-check'
import { ModelRun } from '../model/model-run.ts'
import { anySequence } from '../model/step.ts'
import { claimRule, type TaskLogRule } from './task-log-rule.ts'

/** Any sequence of calls. */
export const modelRules: readonly TaskLogRule[] = [
  claimRule(
    'model-001',
    'any sequence of calls is answered, and leaves the entries, as the reference log does',
    async (trial) => {
      await fc.assert(
        fc.asyncProperty(anySequence, async (steps) => {
          const fresh = await trial.fresh()
          try {
            await new ModelRun(fresh).run(steps)
          } finally {
            await fresh.end()
          }
        }),
        { numRuns: 40 },
      )
    },
    { timeoutMs: 300_000 },
  ),
]
