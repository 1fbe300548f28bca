import { isClaimable, type TaskLogBroker } from '@waybill/core'
import { DEFAULT_TIMEOUT_MS, none, type Rule } from '../rule.ts'
import type { ClaimTrial, TaskLogTrial } from './trial.ts'

/** A rule for task logs. */
export type TaskLogRule = Rule<TaskLogTrial, TaskLogBroker>

/** What a rule may say beside its id, name and test. */
export interface RuleOptions {
  /** See {@link Rule.excuse}. */
  readonly excuse?: (log: TaskLogBroker) => string | null
  /** See {@link Rule.timeoutMs}. */
  readonly timeoutMs?: number
  /** See {@link Rule.isBare}. */
  readonly isBare?: boolean
}

/** A rule for every task log. */
export function rule(
  id: string,
  name: string,
  run: (trial: TaskLogTrial) => Promise<void>,
  options: RuleOptions = {},
): TaskLogRule {
  return { id, name, run, excuse: none, timeoutMs: DEFAULT_TIMEOUT_MS, isBare: false, ...options }
}

/** A rule for task logs that hand tasks to workers. */
export function claimRule(
  id: string,
  name: string,
  run: (trial: ClaimTrial) => Promise<void>,
  options: RuleOptions = {},
): TaskLogRule {
  return rule(id, name, async (trial) => run(trial as ClaimTrial), {
    ...options,
    excuse: (log) => unlessClaimable(log) ?? options.excuse?.(log) ?? null,
  })
}

function unlessClaimable(log: TaskLogBroker): string | null {
  return isClaimable(log)
    ? null
    : 'the log hands out no tasks: it has no claim, heartbeat, settle and recover'
}
