const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
]

/** How long ago, or in how long, for people: `now`, `40 s ago`, `in 3 min`, `2 d ago`. */
export function relativeTime(instant: Date, now: number): string {
  const ms = now - instant.getTime()
  if (Math.abs(ms) < 1_000) return 'now'
  const [unit, size] = UNITS.find(([, each]) => Math.abs(ms) >= each) ?? ['s', 1_000]
  const amount = `${Math.floor(Math.abs(ms) / size)} ${unit}`
  return ms > 0 ? `${amount} ago` : `in ${amount}`
}

/** A span for people, with at most two units: `12 ms`, `1.2 s`, `3 min 20 s`, `2 d 4 h`. */
export function formatSpan(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(Math.floor(ms / 100) / 10).toString()} s`
  const index = UNITS.findIndex(([, each]) => ms >= each)
  const [unit, size] = UNITS[index] as (typeof UNITS)[number]
  const [lower, lowerSize] = UNITS[index + 1] as (typeof UNITS)[number]
  const rest = Math.floor((ms % size) / lowerSize)
  const first = `${Math.floor(ms / size)} ${unit}`
  return rest === 0 ? first : `${first} ${rest} ${lower}`
}

/** A count for people: `1,234,567`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

/** A noun with its count: `1 task`, `2,000 tasks`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}
