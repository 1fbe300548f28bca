import type { AbortCause } from '../errors/errors.ts'
import { encodeReport } from '../report/encode-report.ts'
import { Report } from '../report/report.ts'
import type { AnyTaskDefinition } from '../task/task-types.ts'
import type { Claim, Settlement } from '../task-log/claimable-task-log-broker.ts'
import type { TaskReason } from '../task-log/task-log-record.ts'
import { backoffMs } from '../time/backoff.ts'

/** How an attempt ended, before it is settled. */
export type AttemptEnd = Pick<Settlement, 'to' | 'reason' | 'report' | 'delayMs'>

const NO_REPORT = encodeReport(Report.info('The task returned no report.'))

/** How a task ends that goes back as if it had not been started. */
export const GIVEN_BACK: AttemptEnd = { to: 'release', reason: 'shutdown', report: null, delayMs: 0 }

/** What is to end. */
export interface Attempt {
  readonly claim: Claim
  readonly definition: AnyTaskDefinition
  /** Where the back-off gets its jitter from. */
  readonly random: () => number
}

/** The end of an attempt whose task returned. */
export function returned(attempt: Attempt, value: unknown, own: Report | null): AttemptEnd {
  const report = value instanceof Report ? value : own
  if (report === null) return { to: 'completed', reason: null, report: NO_REPORT, delayMs: 0 }
  if (!report.containsError()) return endAs('completed', null, report)
  const retry = report.retryRequest
  if (retry === null) return failed('report', report)
  return tryAgain(attempt, report, 'report', retry.afterMs)
}

/** The end of an attempt whose task threw; what it had reported by then is kept beneath the error. */
export function threw(attempt: Attempt, error: unknown, own: Report | null): AttemptEnd {
  return tryAgain(attempt, Report.fromError(error).add(...(own?.children ?? [])), 'error', null)
}

/** The end of an attempt that was asked to stop, and did. */
export function aborted(attempt: Attempt, cause: AbortCause, own: Report | null): AttemptEnd {
  const children = own?.children ?? []
  switch (cause) {
    case 'timeout': {
      const report = Report.error(
        `The task took longer than its timeout of ${attempt.definition.timeoutMs} ms.`,
      )
      return tryAgain(attempt, report.add(...children), 'timeout', null)
    }
    case 'cancelled': {
      const report = Report.warning('The task was cancelled while it was running.').add(...children)
      return endAs('cancelled', 'cancelled', report)
    }
    case 'shutdown':
    case 'lease_lost':
      return GIVEN_BACK
  }
}

/** The end of a task that has failed for good. */
export function failed(reason: TaskReason, report: Report): AttemptEnd {
  return endAs('failed', reason, report)
}

function endAs(to: AttemptEnd['to'], reason: TaskReason | null, report: Report, delayMs = 0): AttemptEnd {
  return { to, reason, report: encodeReport(report), delayMs }
}

function tryAgain(
  { claim, definition, random }: Attempt,
  report: Report,
  reason: TaskReason,
  afterMs: number | null,
): AttemptEnd {
  if (claim.attempt >= claim.maxAttempts) return failed(reason, report)
  return endAs('retry', reason, report, afterMs ?? backoffMs(claim.attempt, definition.backoff, random()))
}
