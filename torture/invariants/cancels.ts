import type { Evidence, Invariant, Violation } from '../evidence/evidence.ts'

/** I7: what was cancelled while it was queued never starts; a task is cancelled out of its queue or claimed, not both. */
export const cancelledNeverStarts: Invariant = (evidence) => {
  const runs = Map.groupBy(evidence.facts.runs, ({ id }) => id)
  return evidence.answered('transition').flatMap(({ input, answer, began, ended }) => {
    const isForced = input.event === 'force_cancel' || input.event === 'force_archive'
    if (input.event !== 'cancel' && !isForced) return []
    return answer.flatMap((id): readonly Violation[] => {
      if (wasRestarted(evidence, id, began)) return []
      const claim = evidence.holdings.of(id).find((holding) => holding.began > ended)
      const run = runs.get(id)?.find((started) => started.began > ended)
      const held = evidence.holdings.of(id).findLast((holding) => holding.ended < began)
      const isTaken = held !== undefined && evidence.holdings.endsOf(held, ended).length === 0
      return [
        ...(claim === undefined ? [] : [`I7: ${id} was cancelled, then claimed by ${claim.worker}`]),
        ...(run === undefined || isForced ? [] : [`I7: ${id} was cancelled while queued, then started`]),
        ...(isTaken && !isForced ? [`I7: ${id} was cancelled as queued while ${held.worker} held it`] : []),
      ]
    })
  })
}

function wasRestarted(evidence: Evidence, id: string, after: number): boolean {
  return evidence.holdings.returnsOf(id).some(({ how, ended }) => how === 'restart' && ended > after)
}
