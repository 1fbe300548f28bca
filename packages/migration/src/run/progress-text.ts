import { count } from './evidence.ts'

/** A rate and a time left, for people: `12,300/s, 4 min left`; null when neither is known. */
export function describeRate(perSecond: number | null, leftMs: number | null): string | null {
  if (perSecond === null) return null
  const rate = `${count(perSecond < 10 ? Number(perSecond.toFixed(1)) : Math.round(perSecond))}/s`
  return leftMs === null ? rate : `${rate}, ${describeMs(leftMs)} left`
}

const UNITS: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
]

/** A length of time for people, in one unit: `45 s`, `4 min`, `3 h`. */
export function describeMs(ms: number): string {
  const [unit, name] = UNITS.find(([length]) => ms >= 2 * length) ?? [1_000, 's']
  return `${Math.round(ms / unit)} ${name}`
}
