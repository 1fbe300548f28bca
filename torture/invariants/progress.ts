import type { QueueState } from '@waybill/core'
import type { Evidence, Invariant } from '../evidence/evidence.ts'

/** Two polls of an idle worker. */
const PATIENCE_MS = 2_000

/** I18: while all is well and somebody is free, work that is ready is taken. */
export const readyWorkIsTaken: Invariant = (evidence) => {
  const steps = progress(evidence)
  return evidence.answered('queueStates').flatMap(({ answer, began, ended }) => {
    const until = ended + PATIENCE_MS
    const { quiet, troubles } = evidence.facts
    // A machine that has too much to do lets processes stand still in the quietest of times.
    const isQuiet =
      quiet.some(({ from, to }) => from < began && until < to) &&
      !troubles.some(({ from, to }) => from < until && to > began)
    const waiting = answer.filter(isClaimable)
    if (!isQuiet || waiting.length === 0 || steps.some((at) => at > began && at < until)) return []
    return waiting.map(
      ({ queue, ready }) => `I18: ${ready} tasks of ${queue} were ready, and nobody took any`,
    )
  })
}

function isClaimable({ ready, paused, held, concurrency }: QueueState): boolean {
  return ready > 0 && !paused && (concurrency === null || held < concurrency)
}

function progress(evidence: Evidence): readonly number[] {
  const claims = evidence.answered('claim').filter(({ answer }) => answer.length > 0)
  return [...claims, ...evidence.answered('settle')].map(({ ended }) => ended)
}
