import type { Ledger, Line } from './ledger.ts'

type Settled = Extract<Line, { readonly kind: 'settled' }>
type Began = Extract<Line, { readonly kind: 'began' }>

/**
 * Outcomes that were written for a task after it had been claimed again. One of them that is accepted means that two
 * workers held the task at the same time.
 */
export function lateWrites(ledger: Ledger): readonly Settled[] {
  const claims = Map.groupBy(ledger.of('claimed'), ({ id }) => id)
  return ledger.of('settled').filter(({ id, token, asked }) => {
    const ofTask = claims.get(id) ?? []
    const own = ofTask.find((claim) => claim.token === token)
    return own !== undefined && ofTask.some((claim) => claim.asked > own.at && claim.at < asked)
  })
}

/** Runs of one task at the same time. */
export function overlaps(ledger: Ledger): readonly (readonly [Began, Began])[] {
  const ends = new Map(ledger.of('ended').map(({ run, at }) => [run, at]))
  return [...Map.groupBy(ledger.of('began'), ({ id }) => id).values()].flatMap((runs) => {
    const inOrder = runs.toSorted((left, right) => left.at - right.at)
    return inOrder.flatMap((later, index) => {
      const earlier = inOrder[index - 1]
      if (earlier === undefined || (ends.get(earlier.run) ?? Number.POSITIVE_INFINITY) < later.at) return []
      return [[earlier, later] as const]
    })
  })
}

/** How many runs there were of each task. */
export function runsOf(ledger: Ledger): ReadonlyMap<string, number> {
  return new Map([...Map.groupBy(ledger.of('began'), ({ id }) => id)].map(([id, runs]) => [id, runs.length]))
}

/** How many outcomes of each task were accepted; giving it back, or trying it again, is none. */
export function outcomesOf(ledger: Ledger): ReadonlyMap<string, number> {
  const ends = ledger
    .of('settled')
    .filter(({ to, accepted }) => accepted && to !== 'retry' && to !== 'release')
  return new Map([...Map.groupBy(ends, ({ id }) => id)].map(([id, outcomes]) => [id, outcomes.length]))
}
