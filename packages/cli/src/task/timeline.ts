import type { TaskLogEntity } from '@waybill/core'
import { formatSpan } from '../output/moments.ts'
import type { Colours } from '../output/output.ts'
import { colourStatus } from './task-columns.ts'

interface Moment {
  readonly at: number
  readonly what: string
  readonly more: string
}

/** Draws when a task was created, claimed, started and ended, and how long it was between. */
export function renderTimeline(entity: TaskLogEntity, colours: Colours, width: number): string {
  const moments = momentsOf(entity)
  const lines = moments.map(({ at, what, more }, index) => {
    const before = moments[index - 1]
    const since = before === undefined ? '' : `+${formatSpan(at - before.at)}`
    const rest = more === '' ? '' : `  ${colours.dim(more)}`
    return `  ${new Date(at).toISOString()}  ${what.padEnd(10)} ${since.padStart(12)}${rest}`.trimEnd()
  })
  const bar = renderBar(entity, colours, Math.min(60, width - 4))
  return [...lines, ...(bar === null ? [] : [bar])].join('\n')
}

function momentsOf({
  record,
  attempt,
  maxAttempts,
  worker,
  outcome,
  status,
  reason,
}: TaskLogEntity): Moment[] {
  const { createdAt, dueAt, claimedAt, startedAt, finishedAt } = record
  const by = worker === null ? '' : `by ${worker}`
  const why = reason === null ? '' : reason
  const moments: (Moment | null)[] = [
    moment(createdAt, 'created', ''),
    createdAt !== undefined && dueAt > createdAt ? moment(dueAt, 'due', '') : null,
    moment(claimedAt, 'claimed', by),
    moment(startedAt, 'started', `attempt ${attempt} of ${maxAttempts}`),
    moment(finishedAt, outcome ?? status, why),
  ]
  return moments.filter((each) => each !== null).sort((a, b) => a.at - b.at)
}

function moment(at: number | null | undefined, what: string, more: string): Moment | null {
  return at === null || at === undefined ? null : { at, what, more }
}

/** Waiting and running, in proportion. */
function renderBar({ record, status }: TaskLogEntity, colours: Colours, width: number): string | null {
  const { createdAt, startedAt, finishedAt } = record
  if (createdAt === undefined || startedAt === null || finishedAt === null || width < 10) return null
  const total = finishedAt - createdAt
  if (total <= 0) return null
  const waited = Math.round(((startedAt - createdAt) / total) * width)
  const ran = '█'.repeat(width - waited)
  return `  ${colours.dim('░'.repeat(waited))}${colourStatus(ran, status, colours)}`
}
