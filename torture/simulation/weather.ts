import { StoreError } from '@waybill/core'
import type { CallFate, Fate } from '@waybill/testing'
import type { Chance } from '../work/chance.ts'

/** How the network and the store are behaving. */
export interface Weather {
  /** The longest way there, and the longest way back. */
  readonly latencyMs: number
  /** How likely a call is refused. */
  readonly refusals: number
  /** How likely a call is carried out and its reply is lost. */
  readonly losses: number
  /** How likely a call whose reply was lost arrives long after its caller gave up. */
  readonly delays: number
}

/** Nothing goes wrong, and nothing takes long. */
export const FAIR: Weather = { latencyMs: 5, refusals: 0, losses: 0, delays: 0 }

/** Nobody reaches the store. */
export const OUTAGE: Weather = { latencyMs: 50, refusals: 1, losses: 0, delays: 0 }

/** Some of everything. */
export function storm(chance: Chance): Weather {
  return {
    latencyMs: chance.pick([5, 50, 400]),
    refusals: chance.pick([0, 0.05, 0.3]),
    losses: chance.pick([0, 0.05, 0.3]),
    delays: chance.pick([0, 0.5]),
  }
}

/** Calls that only read: their reply may be lost, and nobody is worse off. */
const READS = new Set(['now', 'find', 'search', 'count', 'stats', 'queueStates', 'workerStates'])

/** What befalls the calls of a process in the weather of the moment; `onFault` is told of each fault. */
export function fateIn(
  weather: () => Weather,
  chance: Chance,
  onFault: (fault: 'call refused' | 'reply lost' | 'call delayed') => void,
): Fate {
  return (method): CallFate => {
    const { latencyMs, refusals, losses, delays } = weather()
    const [beforeMs, afterMs] = [chance.between(0, latencyMs), chance.between(0, latencyMs)]
    if (chance.happens(refusals)) {
      onFault('call refused')
      const code = chance.pick(['store_unavailable', 'store_contention'] as const)
      const refuse = new StoreError(code, `${method} was refused.`, { retryable: true })
      return { beforeMs, refuse, loseReply: null, afterMs }
    }
    if (!chance.happens(losses)) return { beforeMs, refuse: null, loseReply: null, afterMs }
    onFault('reply lost')
    const isLate = chance.happens(delays)
    if (isLate) onFault('call delayed')
    const code = READS.has(method) ? 'store_unavailable' : 'outcome_unknown'
    const loseReply = new StoreError(code, `The reply to ${method} was lost.`, { retryable: true })
    return { beforeMs: isLate ? chance.between(100, 6_000) : 0, refuse: null, loseReply, afterMs }
  }
}
