import type { Death, Evidence, Invariant } from '../evidence/evidence.ts'
import type { Holding } from '../evidence/holdings.ts'

/** A task of a dead worker that was taken over. */
export interface Recovery {
  readonly id: string
  readonly worker: string
  /** From the death until it was taken back. */
  readonly ms: number
  /** Within how long that had to be. */
  readonly allowedMs: number
  /** Nobody was out of reach of the store, or stood still, in the meantime, and there was somebody all the time. */
  readonly isCalm: boolean
}

/** The tasks of all dead workers that were seen to be taken back. */
export function recoveries(evidence: Evidence): readonly Recovery[] {
  const byWorker = Map.groupBy(evidence.holdings.all, ({ worker }) => worker)
  const settled = new Set(
    evidence
      .answered('settle')
      .flatMap(({ input, answer }) =>
        input.flatMap(({ id, token }, index) => (answer[index]?.accepted === true ? [`${id} ${token}`] : [])),
      ),
  )
  // What was forced had no holder left to be taken from.
  const forced = new Set(
    evidence.all('transition').flatMap(({ input }) => (input.event.startsWith('force') ? input.ids : [])),
  )
  return evidence.facts.deaths.flatMap((death) =>
    (byWorker.get(death.worker) ?? [])
      .filter(({ id, began }) => began < death.at && !forced.has(id))
      // One that had frozen may have lost its tasks long before it died.
      .filter((holding) => !evidence.holdings.wasTakenBefore(holding, death.at))
      .filter(({ id, token }) => !settled.has(`${id} ${token}`))
      .flatMap((holding) => recovery(evidence, death, holding)),
  )
}

/** I17: what a dead worker held is taken back within a lease, a sweep and a second. */
export const deathsAreNoticedInTime: Invariant = (evidence) =>
  recoveries(evidence)
    .filter(({ ms, allowedMs }) => ms > allowedMs)
    .map(
      ({ id, worker, ms, allowedMs }) =>
        `I17: ${id} of ${worker}, which died, was taken back after ${Math.round(ms)} ms, not ${Math.round(allowedMs)} ms`,
    )

function recovery(evidence: Evidence, { worker, at }: Death, { id, token }: Holding): readonly Recovery[] {
  const back = evidence.holdings
    .returnsOf(id)
    .find((each) => each.how === 'recover' && each.isCertain && each.ended > at)
  const claim = evidence.holdings.of(id).find((other) => other.token !== token && other.ended > at)
  const taken = Math.min(back?.ended ?? Number.POSITIVE_INFINITY, claim?.ended ?? Number.POSITIVE_INFINITY)
  if (taken === Number.POSITIVE_INFINITY) return []
  const { leaseMs, sweepMs } = evidence.facts.timing
  const troubles = evidence.troubles.filter(({ from, to }) => from < taken && to > at - leaseMs)
  const isCalm = troubles.length === 0
  // A beat may arrive after its worker has died, and after a trouble the living get a lease to beat first.
  const lateBeats = evidence
    .answered('heartbeat')
    .flatMap(({ input, ended }) => (input.worker === worker && ended > at && ended < taken ? [ended] : []))
  const end = Math.max(at, ...lateBeats, ...troubles.map(({ to }) => Math.min(to, taken)))
  const allowedMs = end - at + leaseMs + sweepMs + 1_000 + (isCalm ? 0 : leaseMs)
  return [{ id, worker, ms: taken - at, allowedMs, isCalm }]
}
