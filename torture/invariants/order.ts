import type { Invariant } from '../evidence/evidence.ts'

/** I19: one worker without faults starts tasks in the order in which they were enqueued. */
export const firstComeFirstServed: Invariant = ({ facts }) => {
  const place = new Map(facts.ordered.map((id, index) => [id, index]))
  const started = facts.runs
    .filter(({ id }) => place.has(id))
    .toSorted((left, right) => left.began - right.began)
    .map(({ id }) => place.get(id) ?? 0)
  return started.flatMap((at, index) => {
    const before = started[index - 1] ?? -1
    return at < before ? [`I19: the task enqueued as number ${before} was started before number ${at}`] : []
  })
}
