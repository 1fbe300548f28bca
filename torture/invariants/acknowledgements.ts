import type { Evidence, Invariant, MessageMove } from '../evidence/evidence.ts'

/**
 * I12: nothing is acknowledged before what justifies it is committed. A caller is told of an entry after it was added; a
 * message is acknowledged after its task was settled, or after a claim of it came back without it.
 */
export const acknowledgedAfterCommit: Invariant = (evidence) => {
  const added = firstMoments(
    evidence.all('add').flatMap(({ input, began }) => input.map(({ id }) => ({ id, at: began }))),
  )
  const decided = decisions(evidence)
  return [
    ...evidence.facts.enqueues.flatMap(({ id, ended }) =>
      id === null || (added.get(id) ?? Number.POSITIVE_INFINITY) < ended
        ? []
        : [`I12: somebody was told that ${id} is enqueued, and it had not been added`],
    ),
    ...onlyCopies(evidence)
      .filter(({ id, at }) => (decided.get(id) ?? Number.POSITIVE_INFINITY) >= at)
      .map(({ id }) => `I12: the message of ${id} was acknowledged before anything was settled`),
  ]
}

/** Acknowledgements of messages of which there was no other copy in somebody's hands. */
function onlyCopies(evidence: Evidence): readonly MessageMove[] {
  const copies = new Map<string, number>()
  return evidence.facts.messages.filter(({ what, id }) => {
    const held = copies.get(id) ?? 0
    copies.set(id, what === 'popped' ? held + 1 : held - 1)
    return what === 'acknowledged' && held <= 1
  })
}

/** When a message first could be forgotten: its task was settled, or the one who claimed it did not get it. */
function decisions(evidence: Evidence): ReadonlyMap<string, number> {
  return firstMoments([
    ...evidence.answered('settle').flatMap(({ input, ended }) => input.map(({ id }) => ({ id, at: ended }))),
    ...evidence.answered('find').flatMap(({ input, ended }) => input.map((id) => ({ id, at: ended }))),
    ...evidence
      .answered('start')
      .flatMap(({ input, answer, ended }) =>
        input.flatMap(({ id }) => (answer.includes(id) ? [] : [{ id, at: ended }])),
      ),
  ])
}

function firstMoments(moments: readonly { readonly id: string; readonly at: number }[]): Map<string, number> {
  const first = new Map<string, number>()
  for (const { id, at } of moments) first.set(id, Math.min(at, first.get(id) ?? Number.POSITIVE_INFINITY))
  return first
}
