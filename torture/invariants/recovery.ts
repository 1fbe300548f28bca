import type { Death, Evidence, Invariant } from '../evidence/evidence.ts'

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
  const deaths = new Map(evidence.facts.deaths.map((death) => [death.worker, death]))
  return evidence.answered('recover').flatMap(({ answer, ended }) =>
    answer.flatMap(({ id, worker }) => {
      const death = deaths.get(worker)
      // One that had frozen may have lost its tasks long before it died, and a claim may arrive after that.
      const held =
        death !== undefined &&
        evidence.holdings.of(id).some((holding) => holding.worker === worker && holding.began < death.at)
      return held && ended > death.at ? [recovery(evidence, death, id, ended)] : []
    }),
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

function recovery(evidence: Evidence, { worker, at }: Death, id: string, taken: number): Recovery {
  const { leaseMs, sweepMs } = evidence.facts.timing
  const troubles = evidence.troubles.filter(({ from, to }) => from < taken && to > at - leaseMs)
  const isCalm = troubles.length === 0
  // A beat may arrive after its worker has died, and after a trouble the living get a lease to beat first.
  const lateBeats = evidence
    .answered('heartbeat')
    .flatMap(({ input, ended }) => (input.worker === worker && ended > at && ended < taken ? [ended] : []))
  const end = Math.max(at, ...lateBeats, ...troubles.map(({ to }) => Math.min(to, taken)))
  const allowedMs = end - at + leaseMs + sweepMs + 1_000 + (isCalm ? 0 : leaseMs)
  return { id, worker, ms: taken - at, allowedMs, isCalm }
}
