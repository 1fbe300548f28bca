import type { Evidence, Trouble } from './evidence.ts'

/** Times in which not all was well: those that were written down, and those that only all histories together tell. */
export function troublesOf(evidence: Evidence): readonly Trouble[] {
  return [...evidence.facts.troubles, ...standstills(evidence), ...desertions(evidence)]
}

/** A beat is the shortest of writes: a store that takes half a lease for it has no processor or disk, or a lock is held. */
function standstills(evidence: Evidence): readonly Trouble[] {
  return evidence
    .answered('heartbeat')
    .filter(({ began, ended }) => ended - began > evidence.facts.timing.leaseMs / 2)
    .map(({ began, ended }) => ({ from: began, to: ended }))
}

/** All workers had died or left, and those in their places had not begun. */
function desertions(evidence: Evidence): readonly Trouble[] {
  const deaths = new Map(evidence.facts.deaths.map(({ worker, at }) => [worker, at]))
  const lives = [...Map.groupBy(evidence.answered('heartbeat'), ({ input }) => input.worker)]
    .map(([worker, beats]) => {
      const times = beats.map(({ ended }) => ended)
      return { from: Math.min(...times), to: deaths.get(worker) ?? Math.max(...times) }
    })
    .toSorted((left, right) => left.from - right.from)
  return lives.flatMap(({ from }, index) => {
    const lastDeath = Math.max(...lives.slice(0, index).map(({ to }) => to))
    return index > 0 && lastDeath < from ? [{ from: lastDeath, to: from }] : []
  })
}
