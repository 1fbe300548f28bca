import type { TaskLogRule } from './task-log-rule.ts'
import { createTrial, type TrialSetting } from './trial.ts'

/**
 * Tries one rule on a log of its own; throws when the rule is broken. Answers null, or why the rule does not apply.
 */
export async function checkTaskLogRule(rule: TaskLogRule, setting: TrialSetting): Promise<string | null> {
  const trial = await createTrial(setting)
  try {
    const excuse = rule.excuse(trial.log)
    if (excuse !== null) return excuse
    if (!rule.bare) await trial.log.createContainer()
    await rule.run(trial)
    return null
  } finally {
    await trial.end()
  }
}
