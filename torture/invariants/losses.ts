import { isEnded } from '@waybill/core'
import type { Evidence, Invariant } from '../evidence/evidence.ts'

/** I1: what was accepted is there, and has ended. */
export const nothingIsLost: Invariant = (evidence) => {
  const deleted = new Set(
    evidence.all('delete').flatMap((call) => (call.outcome === 'refused' ? [] : call.input)),
  )
  const accepted = new Set([...acceptedIds(evidence)].filter((id) => !deleted.has(id)))
  return [
    ...[...accepted]
      .filter((id) => evidence.record(id) === undefined)
      .map((id) => `I1: ${id} was accepted and is gone`),
    ...evidence.facts.remains.records
      .filter(({ status }) => !isEnded(status))
      .map(({ id, status, taskName }) => `I1: ${id} (${taskName}) never ended, it is ${status}`),
  ]
}

function acceptedIds(evidence: Evidence): ReadonlySet<string> {
  const added = evidence
    .answered('add')
    .flatMap(({ answer }) => answer.flatMap(({ outcome, id }) => (outcome === 'added' ? [id] : [])))
  return new Set([...added, ...evidence.facts.enqueues.flatMap(({ id }) => (id === null ? [] : [id]))])
}

/** I2: every entry, claim and run goes back to something that was asked for, and no claim got more than it asked for. */
export const nothingIsInvented: Invariant = (evidence) => {
  const asked = new Set<string>()
  const refused = new Set<string>()
  for (const { input, outcome } of evidence.all('add')) {
    for (const { id } of input) (outcome === 'refused' ? refused : asked).add(id)
  }
  const claims = evidence.answered('claim')
  const records = evidence.facts.remains.records
  return [
    ...records
      .filter(({ id }) => !asked.has(id))
      .map(({ id }) =>
        refused.has(id)
          ? `I2: adding ${id} was said to have failed, and it is there`
          : `I2: nobody added ${id}`,
      ),
    ...claims
      .flatMap(({ answer }) => answer.filter(({ id }) => !asked.has(id)))
      .map(({ id }) => `I2: ${id} was claimed, and nobody added it`),
    ...claims
      .filter(({ input, answer }) => answer.length > input.limit)
      .map(({ input, answer }) => `I2: a claim of ${input.limit} got ${answer.length}`),
    ...evidence.facts.runs
      .filter(({ id }) => !asked.has(id))
      .map(({ id }) => `I2: ${id} ran, and nobody added it`),
  ]
}
