import type { Invariant } from '../evidence/evidence.ts'

/** What chi-square exceeds once in a million, by degrees of freedom. */
const ONCE_IN_A_MILLION = [0, 23.93, 27.63, 30.66, 33.38, 35.89]

/** I20: queues are asked first as often as their weights say. */
export const weightsHold: Invariant = ({ facts: { picks } }) => {
  const total = picks.reduce((sum, { count }) => sum + count, 0)
  const weights = picks.reduce((sum, { weight }) => sum + weight, 0)
  if (total === 0) return []
  const chiSquare = picks.reduce((sum, { weight, count }) => {
    const expected = (total * weight) / weights
    return sum + (count - expected) ** 2 / expected
  }, 0)
  const bound = ONCE_IN_A_MILLION[picks.length - 1] ?? Number.POSITIVE_INFINITY
  const shares = picks.map(({ queue, weight, count }) => `${queue} (weight ${weight}) ${count}`).join(', ')
  return chiSquare > bound ? [`I20: of ${total} picks: ${shares}; chi-square is ${chiSquare.toFixed(1)}`] : []
}
