import type { TaskLogEntity, TaskStatus } from '@waybill/core'
import type { Column } from '../output/column.ts'
import type { Colours } from '../output/output.ts'
import { progressText } from './progress-text.ts'

/** A status in its colour. */
export function colourStatus(text: string, status: TaskStatus, colours: Colours): string {
  return colours[STATUS_COLOURS[status]](text)
}

const STATUS_COLOURS = {
  enqueued: 'cyan',
  dequeued: 'blue',
  running: 'blue',
  child_running: 'blue',
  completed: 'green',
  failed: 'red',
  cancelled: 'yellow',
  archived: 'dim',
} as const satisfies Readonly<Record<TaskStatus, keyof Colours>>

/** What lists of tasks show. */
export const TASK_COLUMNS: readonly Column<TaskLogEntity>[] = [
  { title: 'ID', value: ({ id }) => id },
  {
    title: 'STATUS',
    value: ({ status }) => status,
    style: (text, { status }, colours) => colourStatus(text, status, colours),
  },
  { title: 'TASK', value: ({ taskName }) => taskName, shrinks: true },
  { title: 'LABEL', value: ({ label, taskName }) => (label === taskName ? '' : label), shrinks: true },
  { title: 'PROGRESS', value: (entity) => progressText(entity), dispensable: 3, shrinks: true },
  { title: 'QUEUE', value: ({ queue }) => queue, dispensable: 2 },
  { title: 'OWNER', value: ({ owner }) => owner, dispensable: 4, shrinks: true },
  { title: 'CREATED', value: ({ createdAt }) => createdAt, dispensable: 1 },
]
