import { describeMs, type MigrationStatus, type RangeState } from '@waybill/migration'
import type { Column } from '../../output/column.ts'
import { formatCount } from '../../output/moments.ts'

/** How migrations are listed. */
export const MIGRATION_COLUMNS: readonly Column<MigrationStatus>[] = [
  { title: 'MIGRATION', value: ({ migration }) => migration },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'DONE', value: ({ estimate }) => progressOf(estimate.done, estimate.total), align: 'right' },
  { title: 'FAILED', value: ({ failed }) => (failed === 0 ? '' : formatCount(failed)), align: 'right' },
  { title: 'LEFT', value: ({ estimate }) => (estimate.leftMs === null ? '' : describeMs(estimate.leftMs)) },
  { title: 'BY', value: ({ by }) => by, dispensable: 1 },
  { title: 'STARTED', value: ({ startedAt }) => startedAt, dispensable: 2 },
  { title: 'WAITS FOR', value: ({ waitsFor }) => waitsFor.join('; '), shrinks: true, dispensable: 3 },
]

/** How ranges are listed. */
export const RANGE_COLUMNS: readonly Column<RangeState>[] = [
  { title: 'RANGE', value: ({ range }) => String(range + 1), align: 'right' },
  { title: 'AFTER', value: ({ from }) => from, shrinks: true },
  { title: 'UP TO', value: ({ to }) => to, shrinks: true },
  { title: 'DONE', value: ({ process, total }) => progressOf(process.done, total), align: 'right' },
  {
    title: 'VERIFIED',
    value: ({ verify }) => (verify.done === 0 ? '' : formatCount(verify.done)),
    align: 'right',
  },
  {
    title: 'FAILED',
    value: ({ process }) => (process.failed === 0 ? '' : formatCount(process.failed)),
    align: 'right',
  },
  { title: 'AT', value: ({ process }) => process.position, shrinks: true },
]

/** Done of total, for people: `1,000 of 2,000 (50 %)`. */
export function progressOf(done: number, total: number | null): string {
  if (total === null) return formatCount(done)
  const percent = total === 0 ? 100 : Math.floor((100 * done) / total)
  return `${formatCount(done)} of ${formatCount(total)} (${percent} %)`
}
