import { addRules } from './add.ts'
import { claimRules } from './claim.ts'
import { filterRules } from './filter.ts'
import { findRules } from './find.ts'
import { idempotencyRules } from './idempotency.ts'
import { recoverRules } from './recover.ts'
import { searchRules } from './search.ts'
import { settleRules } from './settle.ts'
import type { TaskLogRule } from './task-log-rule.ts'

/** Every rule for task logs, in the order of a task's life. */
export const taskLogRules: readonly TaskLogRule[] = [
  ...addRules,
  ...idempotencyRules,
  ...findRules,
  ...filterRules,
  ...searchRules,
  ...claimRules,
  ...settleRules,
  ...recoverRules,
]
