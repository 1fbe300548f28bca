import type { Evidence, Invariant } from '../evidence/evidence.ts'

/** I8: a second start is earned by a death, a failure or an expired lease, and no task has more attempts than it may. */
export const startsAreEarned: Invariant = (evidence) => {
  const starts = Map.groupBy(evidence.facts.runs, ({ id }) => id)
  const unknownClaims = evidence.unknown('claim').length
  const earned = [...starts].flatMap(([id, runs]) => {
    const returns = distinctReturns(evidence, id)
    return runs.length - 1 > returns
      ? [`I8: ${id} was started ${runs.length} times and put back ${returns} times`]
      : []
  })
  const counted = evidence.facts.remains.records.flatMap(({ id, attempt, maxAttempts }) => {
    const claims = evidence.holdings.of(id).length
    const started = starts.get(id)?.length ?? 0
    const spared = sparedStarts(evidence, id)
    return [
      ...(attempt > maxAttempts ? [`I8: ${id} counts ${attempt} attempts of ${maxAttempts}`] : []),
      ...(attempt > claims + unknownClaims
        ? [`I8: ${id} counts ${attempt} attempts and was claimed ${claims} times`]
        : []),
      ...(started > attempt + spared
        ? [
            `I8: ${id} was started ${started} times, counts ${attempt} attempts and was given back ${spared} times`,
          ]
        : []),
    ]
  })
  return [...earned, ...counted]
}

/** How often it was, or may have been, put back; a settlement that was repeated counts once. */
function distinctReturns(evidence: Evidence, id: string): number {
  const returns = evidence.holdings.returnsOf(id)
  const settled = new Set(returns.flatMap(({ token }) => (token === null ? [] : [token])))
  return settled.size + returns.filter(({ token }) => token === null).length
}

/** Starts that need not be counted: given back by the worker, or of a life before a restart. */
function sparedStarts(evidence: Evidence, id: string): number {
  const returns = evidence.holdings.returnsOf(id)
  if (returns.some(({ how }) => how === 'restart')) return Number.POSITIVE_INFINITY
  const released = returns.flatMap(({ how, token }) => (how === 'release' && token !== null ? [token] : []))
  return new Set(released).size
}
