import { addRules } from './add.ts'
import { archiveRules } from './archive.ts'
import { cancelRules } from './cancel.ts'
import { claimRules } from './claim.ts'
import { closeRules } from './close.ts'
import { containerRules } from './container.ts'
import { contentionRules } from './contention.ts'
import { countRules } from './count.ts'
import { crashRules } from './crash.ts'
import { dataRules } from './data.ts'
import { deleteRules } from './delete.ts'
import { filterRules } from './filter.ts'
import { findRules } from './find.ts'
import { forceRules } from './force.ts'
import { heartbeatRules } from './heartbeat.ts'
import { idempotencyRules } from './idempotency.ts'
import { modelRules } from './model.ts'
import { parentRules } from './parents.ts'
import { pathRules } from './path.ts'
import { promoteRules } from './promote.ts'
import { recoverRules } from './recover.ts'
import { requestCancelRules } from './request-cancel.ts'
import { restartRules } from './restart.ts'
import { retireRules } from './retire.ts'
import { searchRules } from './search.ts'
import { settleRules } from './settle.ts'
import { startRules } from './start.ts'
import { stateRules } from './states.ts'
import type { TaskLogRule } from './task-log-rule.ts'
import { transactionRules } from './transactions.ts'
import { transitionRules } from './transition.ts'
import { wakeRules } from './wake.ts'

/** Every rule for task logs, in the order of a task's life. */
export const taskLogRules: readonly TaskLogRule[] = [
  ...containerRules,
  ...addRules,
  ...idempotencyRules,
  ...transactionRules,
  ...dataRules,
  ...findRules,
  ...filterRules,
  ...pathRules,
  ...searchRules,
  ...countRules,
  ...claimRules,
  ...startRules,
  ...heartbeatRules,
  ...settleRules,
  ...recoverRules,
  ...retireRules,
  ...promoteRules,
  ...parentRules,
  ...transitionRules,
  ...cancelRules,
  ...requestCancelRules,
  ...forceRules,
  ...archiveRules,
  ...restartRules,
  ...deleteRules,
  ...stateRules,
  ...wakeRules,
  ...modelRules,
  ...contentionRules,
  ...crashRules,
  ...closeRules,
]
