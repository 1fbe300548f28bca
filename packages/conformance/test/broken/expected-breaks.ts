import type { Verdict } from '../../src/index.ts'
import type { BrokenLog } from './broken-log.ts'

/** The rules that a broken log must break, out of those that were tried; the random cell has a list of its own. */
export function expectedBreaks(
  { breaks, keeps }: BrokenLog,
  verdicts: readonly Verdict[],
): readonly string[] {
  const tried = verdicts.flatMap(({ id, outcome }) => (outcome === 'excused' || id === RANDOM_CELL ? [] : id))
  const listed = new Set(namedRules(breaks ?? keeps ?? ''))
  for (const id of listed) if (!tried.includes(id)) throw new Error(`No rule ${id} was tried.`)
  return tried.filter((id) => listed.has(id) === (breaks !== undefined))
}

/** The rule that may find a broken log, or may not: it depends on the sequences that it draws. */
export const RANDOM_CELL = 'model-001'

/** The ids behind a list like `claim-001 race-101..104`. */
export function namedRules(list: string): readonly string[] {
  return list === '' ? [] : list.split(' ').flatMap(expand)
}

function expand(range: string): readonly string[] {
  const [, area, first, last = first] = /^([a-z]+)-(\d{3})(?:\.\.(\d{3}))?$/.exec(range) ?? []
  if (area === undefined) throw new Error(`${range} names no rules.`)
  const length = Number(last) - Number(first) + 1
  return Array.from({ length }, (_, index) => `${area}-${String(Number(first) + index).padStart(3, '0')}`)
}
