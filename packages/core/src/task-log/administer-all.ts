import { checkObject } from '../validation/objects.ts'
import {
  type AdminAction,
  type AdminOptions,
  type AdminOutcome,
  administer,
  type SkippedTask,
  type SkipReason,
} from './administer.ts'
import type { FilterExpression } from './filter-expression.ts'
import { pagesById } from './pages.ts'
import type { TaskLogBroker } from './task-log-broker.ts'

/** Entries that were left alone are listed up to here, and counted beyond. */
const MAX_LISTED = 1_000

/** What a bulk action did so far, or in all. */
export interface BulkOutcome {
  /** How many were moved, or deleted. */
  readonly done: number
  /** How many were asked to stop. */
  readonly requested: number
  /** How many were left alone. */
  readonly skippedCount: number
  /** How many of them for each reason. */
  readonly skippedBy: Readonly<Partial<Record<SkipReason, number>>>
  /** The first thousand of them, and why. */
  readonly skipped: readonly SkippedTask[]
}

/** Options of a bulk action. */
export interface BulkOptions extends AdminOptions {
  /** Stops between two pages; the call is rejected with the signal's reason. */
  readonly signal?: AbortSignal
  /**
   * Told after each page what has been done so far; the next page waits for the promise it may return. A log whose driver
   * is synchronous never waits for anything itself: return one that lets the event loop turn, for signals and timers.
   */
  readonly onProgress?: (soFar: BulkOutcome) => unknown
}

/**
 * Does one thing to all entries that match and were there when it began, in pages of one transaction each. It ends when
 * it has seen them all, moved or not: nothing is tried for ever.
 */
export async function administerAll(
  broker: TaskLogBroker,
  action: AdminAction,
  filter: FilterExpression,
  options: BulkOptions,
  onPage: (page: AdminOutcome) => Promise<void>,
): Promise<BulkOutcome> {
  const { signal, onProgress } = checkObject(options, 'options')
  const present: FilterExpression = {
    kind: 'column',
    column: 'createdAt',
    operator: 'lte',
    value: await broker.now(),
  }
  const where: FilterExpression = { kind: 'and', nodes: [filter, present] }
  // Children are made after their parents, so from the newest id down a family goes in one walk.
  const direction = action === 'delete' ? 'descending' : 'ascending'
  let done = 0
  let requested = 0
  let skippedCount = 0
  const skippedBy: Partial<Record<SkipReason, number>> = {}
  const skipped: SkippedTask[] = []
  for await (const records of pagesById(broker, where, direction)) {
    signal?.throwIfAborted()
    const page = await administer(broker, action, records, options)
    done += page.done.length
    requested += page.requested.length
    skippedCount += page.skipped.length
    for (const { reason } of page.skipped) skippedBy[reason] = (skippedBy[reason] ?? 0) + 1
    skipped.push(...page.skipped.slice(0, MAX_LISTED - skipped.length))
    await onPage(page)
    await onProgress?.({ done, requested, skippedCount, skippedBy: { ...skippedBy }, skipped })
  }
  return { done, requested, skippedCount, skippedBy, skipped }
}
