import type { Evidence, Invariant } from '../evidence/evidence.ts'

/** I9: at every moment the log counts all that was added, and nothing else. */
export const countsAddUp: Invariant = (evidence) => {
  if (evidence.all('delete').some(({ outcome }) => outcome !== 'refused')) return []
  const additions = possibleAdditions(evidence)
  return evidence.answered('stats').flatMap(({ answer, began, ended }) => {
    const total = Object.values(answer).reduce((sum, count) => sum + count, 0)
    const least = additions.filter(({ sureFrom }) => sureFrom < began).length
    const most = additions.filter((addition) => addition.began < ended).length
    return total < least || total > most
      ? [`I9: ${total} entries were counted, where there were ${least} to ${most}`]
      : []
  })
}

interface Addition {
  readonly began: number
  /** Infinity when nobody was told whether it was added. */
  readonly sureFrom: number
}

function possibleAdditions(evidence: Evidence): readonly Addition[] {
  const sure = evidence
    .answered('add')
    .flatMap(({ answer, began, ended }) =>
      answer.flatMap(({ outcome }) => (outcome === 'added' ? [{ began, sureFrom: ended }] : [])),
    )
  const perhaps = evidence
    .unknown('add')
    .flatMap(({ input, began }) => input.map(() => ({ began, sureFrom: Number.POSITIVE_INFINITY })))
  return [...sure, ...perhaps]
}
