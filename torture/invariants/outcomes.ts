import { isEnded, TASK_STATUSES, type TaskEvent, type TaskStatus, TRANSITIONS } from '@waybill/core'
import type { Evidence, Invariant, Violation } from '../evidence/evidence.ts'

const ADMINISTRATIVE: readonly TaskEvent[] = ['archive', 'restart', 'force_cancel', 'force_archive']

/** I5: a task ends once, under one token, and stays as it ended until somebody restarts or archives it. */
export const endsAreFinal: Invariant = (evidence) => {
  const touched = administered(evidence)
  const ids = [...evidence.sightings.ids].filter((id) => !touched.has(id))
  return [...ids.flatMap((id) => changedEnds(evidence, id)), ...endedTwice(evidence, touched)]
}

function changedEnds(evidence: Evidence, id: string): readonly Violation[] {
  const sightings = evidence.sightings.of(id)
  const end = sightings.find(({ status }) => isEnded(status))
  if (end === undefined) return []
  const later = sightings.find(({ status, began }) => began > end.ended && status !== end.status)
  const claim = evidence.holdings.of(id).find(({ began }) => began > end.ended)
  return [
    ...(later === undefined ? [] : [`I5: ${id} was ${end.status} and is ${later.status}`]),
    ...(claim === undefined ? [] : [`I5: ${id} was ${end.status} and was claimed by ${claim.worker}`]),
  ]
}

function endedTwice(evidence: Evidence, touched: ReadonlySet<string>): readonly Violation[] {
  const settled = evidence
    .answered('settle')
    .flatMap(({ input, answer }) =>
      input.flatMap(({ id, token, to }, index) =>
        answer[index]?.accepted === true ? [{ id, token, to }] : [],
      ),
    )
  return [...Map.groupBy(settled, ({ id }) => id)].flatMap(([id, same]) => {
    const tokens = [...Map.groupBy(same, ({ token }) => token).values()]
    // A settlement that is repeated under the token that gave the task back is accepted and changes nothing.
    const ending = tokens.filter((turn) => turn.every(({ to }) => to !== 'retry' && to !== 'release'))
    return ending.length > 1 && !touched.has(id) ? [`I5: ${id} was ended under ${ending.length} tokens`] : []
  })
}

/** I6: of what was seen of a task, each can come after what was seen before, by the moves of the state machine. */
export const movesAreLegal: Invariant = (evidence) => {
  const touched = administered(evidence)
  const events = Object.keys(TRANSITIONS) as TaskEvent[]
  const own = reachable(events.filter((event) => !ADMINISTRATIVE.includes(event)))
  const any = reachable(events)
  return [...evidence.sightings.ids].flatMap((id) => {
    const paths = touched.has(id) ? any : own
    const sightings = evidence.sightings.of(id)
    return sightings.flatMap((later, index) => {
      const before = sightings.slice(0, index).findLast(({ ended }) => ended < later.began)
      if (before === undefined || paths.get(before.status)?.has(later.status) === true) return []
      return [`I6: ${id} was ${before.status}, then ${later.status}`]
    })
  })
}

/** From each status, those it can lead to in any number of moves, itself among them. */
function reachable(events: readonly TaskEvent[]): ReadonlyMap<TaskStatus, ReadonlySet<TaskStatus>> {
  return new Map(
    TASK_STATUSES.map((status) => {
      const found = new Set<TaskStatus>([status])
      for (const from of found) {
        for (const event of events) {
          if (!TRANSITIONS[event].from.includes(from)) continue
          for (const to of TRANSITIONS[event].to) found.add(to)
        }
      }
      return [status, found]
    }),
  )
}

/** Tasks that somebody may have restarted, archived or forced. */
function administered(evidence: Evidence): ReadonlySet<string> {
  return new Set(
    evidence
      .all('transition')
      .filter(({ input, outcome }) => outcome !== 'refused' && input.event !== 'cancel')
      .flatMap(({ input }) => input.ids),
  )
}
