import type { TaskStatus } from './status.ts'

/** The statuses people see. */
export type CategorizedStatus = 'created' | 'in_progress' | 'completed' | 'failed' | 'archived' | 'cancelled'

/** A status from the log, or `unknown` for a task that has no entry. */
export type ReportedStatus = TaskStatus | 'unknown'

const CATEGORIES: Readonly<Record<ReportedStatus, CategorizedStatus>> = {
  enqueued: 'created',
  dequeued: 'in_progress',
  running: 'in_progress',
  child_running: 'in_progress',
  completed: 'completed',
  failed: 'failed',
  unknown: 'failed',
  archived: 'archived',
  cancelled: 'cancelled',
}

const LABELS: Readonly<Record<CategorizedStatus, string>> = {
  created: 'Queued',
  in_progress: 'In Progress',
  completed: 'Completed',
  failed: 'Failed',
  archived: 'Archived',
  cancelled: 'Cancelled',
}

/** The status people see for a status of the log. */
export function categorizeStatus(status: ReportedStatus): CategorizedStatus {
  return CATEGORIES[status]
}

/** The English label of a categorised status, for example `In Progress`. */
export function statusLabel(status: CategorizedStatus): string {
  return LABELS[status]
}

/** The statuses of the log that people see as this one. */
export function statusesIn(category: CategorizedStatus): readonly TaskStatus[] {
  return (Object.keys(CATEGORIES) as ReportedStatus[]).filter(
    (status): status is TaskStatus => status !== 'unknown' && CATEGORIES[status] === category,
  )
}
