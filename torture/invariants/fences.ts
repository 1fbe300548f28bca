import type { Evidence, Invariant } from '../evidence/evidence.ts'
import type { Holding } from '../evidence/holdings.ts'

/** A write of a holder: it says under which token. */
export interface FencedWrite {
  readonly what: 'settlement' | 'start' | 'beat' | 'child'
  readonly id: string
  readonly token: string
  readonly process: string
  readonly isAccepted: boolean
  readonly began: number
}

/** Writes by workers that had surely lost the task before they wrote. */
export function zombieWrites(evidence: Evidence): readonly FencedWrite[] {
  const { holdings } = evidence
  const losses = forcedAndRecovered(evidence)
  return fencedWrites(evidence).filter((write) => {
    const own = holdings.under(write.id, write.token)
    if (own === undefined) return false
    const others = [...holdings.of(write.id), ...(losses.get(write.id) ?? [])]
    return others.some((other) => other !== own && other.began > own.ended && other.ended < write.began)
  })
}

/** I4: nobody writes who has lost the task, or never had it. */
export const writesAreFenced: Invariant = (evidence) => {
  const { holdings } = evidence
  const unknownTokens = new Set(evidence.unknown('claim').map(({ input }) => input.token))
  return [
    ...zombieWrites(evidence)
      .filter(({ isAccepted }) => isAccepted)
      .map(
        ({ what, id, process }) => `I4: a ${what} of ${id} was accepted from ${process}, which had lost it`,
      ),
    ...fencedWrites(evidence)
      .filter(
        ({ id, token, isAccepted }) =>
          isAccepted && holdings.under(id, token) === undefined && !unknownTokens.has(token),
      )
      .map(
        ({ what, id, process }) => `I4: a ${what} of ${id} was accepted from ${process}, which never had it`,
      ),
  ]
}

type Moment = Pick<Holding, 'began' | 'ended'>

function forcedAndRecovered(evidence: Evidence): ReadonlyMap<string, readonly Moment[]> {
  const recovered = evidence
    .answered('recover')
    .flatMap(({ answer, began, ended }) => answer.map(({ id }) => ({ id, began, ended })))
  const forced = evidence
    .answered('transition')
    .filter(({ input }) => input.event.startsWith('force'))
    .flatMap(({ answer, began, ended }) => answer.map((id) => ({ id, began, ended })))
  return Map.groupBy([...recovered, ...forced], ({ id }) => id)
}

function fencedWrites(evidence: Evidence): readonly FencedWrite[] {
  return [
    ...evidence.answered('settle').flatMap(({ input, answer, process, began }) =>
      input.map(({ id, token }, index) => {
        const isAccepted = answer[index]?.accepted === true
        return { what: 'settlement' as const, id, token, process, isAccepted, began }
      }),
    ),
    ...evidence.answered('start').flatMap(({ input, answer, process, began }) =>
      input.map(({ id, token }) => {
        return { what: 'start' as const, id, token, process, isAccepted: answer.includes(id), began }
      }),
    ),
    ...evidence.answered('heartbeat').flatMap(({ input, answer, process, began }) =>
      input.open.map(({ id, token }) => {
        return { what: 'beat' as const, id, token, process, isAccepted: !answer.lost.includes(id), began }
      }),
    ),
    ...evidence.answered('add').flatMap(({ input, answer, process, began }) =>
      input.flatMap(({ parentId, parentToken }, index) => {
        const outcome = answer[index]?.outcome
        if (parentId === null || parentToken === null) return []
        // A key that was in use is answered without a look at the parent.
        if (outcome === 'existing' || outcome === 'conflict') return []
        const isAccepted = outcome === 'added'
        return [{ what: 'child' as const, id: parentId, token: parentToken, process, isAccepted, began }]
      }),
    ),
  ]
}
