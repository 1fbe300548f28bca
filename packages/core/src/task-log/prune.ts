import { END_STATUSES, type EndStatus } from '../task/status.ts'
import { type Duration, durationMs } from '../time/duration.ts'
import { checkList } from '../validation/lists.ts'
import { checkObject } from '../validation/objects.ts'
import { checkOneOf } from '../validation/one-of.ts'
import type { BulkOptions } from './administer-all.ts'
import { TaskLogFilter } from './task-log-filter.ts'

/** A status that an entry keeps: it has ended. */
export type SettledStatus = EndStatus | 'archived'

const SETTLED: readonly SettledStatus[] = [...END_STATUSES, 'archived']

/** What to prune. */
export interface PruneOptions extends Pick<BulkOptions, 'signal' | 'onProgress'> {
  /** Entries that ended at least this long ago, by the log's clock. */
  readonly olderThan: Duration
  /** Default: completed, failed, cancelled and archived. */
  readonly statuses?: readonly SettledStatus[]
  /** Only counts. A parent that a younger child keeps is counted too. */
  readonly dryRun?: boolean
}

/**
 * The entries to prune.
 * @param nowMs the log's clock
 * @throws InvalidInputError when a status is not one of the end
 */
export function prunable(options: PruneOptions, nowMs: number): TaskLogFilter {
  const { olderThan, statuses = SETTLED } = checkObject(options, 'options')
  const checked = checkList(statuses, 'statuses', SETTLED.length).map((status) =>
    checkOneOf(status, 'statuses', SETTLED),
  )
  const before = Math.max(0, nowMs - durationMs(olderThan, 'olderThan'))
  return new TaskLogFilter().in('status', checked).lte('finishedAt', before)
}
