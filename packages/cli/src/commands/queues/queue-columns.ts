import type { QueueState } from '@waybill/core'
import type { Column } from '../../output/column.ts'

/** What is shown of a queue. */
export const QUEUE_COLUMNS: readonly Column<QueueState>[] = [
  { title: 'QUEUE', value: ({ queue }) => queue },
  {
    title: 'STATE',
    value: ({ paused }) => (paused ? 'paused' : 'open'),
    style: (text, { paused }, colours) => (paused ? colours.yellow(text) : text),
  },
  { title: 'READY', value: ({ ready }) => ready, align: 'right' },
  { title: 'HELD', value: ({ held }) => held, align: 'right' },
  { title: 'DUE LATER', value: ({ due }) => due, align: 'right', dispensable: 2 },
  { title: 'LIMITED', value: ({ limited }) => limited, align: 'right', dispensable: 3 },
  { title: 'AT ONCE', value: ({ concurrency }) => concurrency ?? 'any', align: 'right', dispensable: 4 },
  { title: 'OLDEST READY', value: ({ oldestReadyAt }) => dateOf(oldestReadyAt), dispensable: 1 },
]

/** A queue as `--json` shows it. */
export function queueJson(state: QueueState): Readonly<Record<string, unknown>> {
  return { ...state, oldestReadyAt: dateOf(state.oldestReadyAt)?.toISOString() ?? null }
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}
