import type { PassName, RangeState } from '../range/pass-state.ts'

/** How fast a pass goes and how long it will still take. */
export interface Estimate {
  /** Units gone through, over all ranges. */
  readonly done: number
  /** Units in all; null when not known. */
  readonly total: number | null
  /** Units a second, over the ranges that are under way; null before the first chunk. */
  readonly perSecond: number | null
  /** Milliseconds that are left; null when that is not known. */
  readonly leftMs: number | null
}

/**
 * Estimates a pass from its last chunks. Ranges that are under way share the rest between them.
 *
 * @param underWay the ranges somebody goes over now
 */
export function estimate(
  ranges: readonly RangeState[],
  pass: PassName,
  underWay: ReadonlySet<number>,
): Estimate {
  const done = ranges.reduce((sum, range) => sum + range[pass].done, 0)
  const total = ranges.some((range) => range.total === null)
    ? null
    : ranges.reduce((sum, range) => sum + Math.max(range.total ?? 0, range[pass].done), 0)
  const measured = ranges.filter((range) => underWay.has(range.range) && range[pass].recent.ms > 0)
  const perMs = measured.reduce((sum, range) => sum + range[pass].recent.units / range[pass].recent.ms, 0)
  return {
    done,
    total,
    perSecond: perMs === 0 ? null : perMs * 1_000,
    leftMs: total === null || perMs === 0 ? null : (total - done) / perMs,
  }
}
