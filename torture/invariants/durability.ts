import type { Invariant } from '../evidence/evidence.ts'

/** A write is dated when its transaction begins, and may then wait for another. */
const SLACK_MS = 100

/** I14: what was acknowledged is there ever after, whoever crashes, and no entry goes back in time. */
export const acknowledgedIsKept: Invariant = (evidence) => {
  const deleted = new Set(evidence.all('delete').flatMap(({ input }) => input))
  const acknowledged = new Map<string, number>()
  for (const { answer, ended } of evidence.answered('add')) {
    for (const { outcome, id } of answer) if (outcome === 'added') acknowledged.set(id, ended)
  }
  const looks = evidence.answered('find')
  const missing = looks.flatMap(({ input, answer, began }) => {
    const found = new Set(answer.map(({ id }) => id))
    return input.filter(
      (id) =>
        !found.has(id) && !deleted.has(id) && (acknowledged.get(id) ?? Number.POSITIVE_INFINITY) < began,
    )
  })
  const seen = looks.flatMap(({ answer, began, ended }) =>
    answer.map(({ id, updatedAt }) => ({ id, updatedAt, began, ended })),
  )
  const last = evidence.facts.remains.records.map(({ id, updatedAt }) => {
    return { id, updatedAt, began: Number.POSITIVE_INFINITY, ended: Number.POSITIVE_INFINITY }
  })
  const back = [...Map.groupBy([...seen, ...last], ({ id }) => id)].flatMap(([id, same]) => {
    const isOlder = same.some((later, index) =>
      same
        .slice(0, index)
        .some((before) => before.ended < later.began && before.updatedAt > later.updatedAt + SLACK_MS),
    )
    return isOlder ? [id] : []
  })
  return [
    ...missing.map((id) => `I14: ${id} was acknowledged and could not be found later`),
    ...back.map((id) => `I14: ${id} went back to a state before one that was seen`),
  ]
}
