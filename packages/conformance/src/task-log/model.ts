import fc from 'fast-check'
import { ModelRun } from '../model/model-run.ts'
import { anyStep } from '../model/step.ts'
import { claimRule, type TaskLogRule } from './task-log-rule.ts'

/** Any sequence of calls. */
export const modelRules: readonly TaskLogRule[] = [
  claimRule(
    'model-001',
    'any sequence of calls is answered, and leaves the entries, as the reference log does',
    async (trial) => {
      const sequences = fc.array(anyStep, { minLength: 1, maxLength: 30, size: 'max' })
      await fc.assert(
        fc.asyncProperty(sequences, async (steps) => {
          const fresh = await trial.fresh()
          try {
            await new ModelRun(fresh).run(steps)
          } finally {
            await fresh.end()
          }
        }),
        { numRuns: 40, endOnFailure: false },
      )
    },
    { timeoutMs: 300_000 },
  ),
]
