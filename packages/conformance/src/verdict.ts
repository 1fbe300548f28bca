import { areaOf } from './rule.ts'

/** What became of one rule. */
export interface Verdict {
  /** The rule. */
  readonly id: string
  /** Its promise. */
  readonly name: string
  /** Whether it holds, is broken, or is ruled out by the subject's own capabilities or interfaces. */
  readonly outcome: 'kept' | 'broken' | 'excused'
  /** Why it is excused, or how it was broken; null when it holds. */
  readonly reason: string | null
}

/** Which rules to try. */
export interface ConformanceOptions {
  /** Only these rules or areas, for example `['claim', 'settle-003']`; default: all. */
  readonly only?: readonly string[]
  /**
   * A file, seen from the test file, that holds the guarantee sheet of the adapter: a test fails when it is not
   * what this run found. `vitest -u` writes it.
   */
  readonly sheet?: string
}

/** Tries a rule and says what became of it. */
export async function verdictOf(
  { id, name }: { readonly id: string; readonly name: string },
  check: () => Promise<string | null>,
): Promise<Verdict> {
  try {
    const excuse = await check()
    return { id, name, outcome: excuse === null ? 'kept' : 'excused', reason: excuse }
  } catch (error) {
    return { id, name, outcome: 'broken', reason: String(error) }
  }
}

/** The rules that were asked for, by area. */
export function rulesByArea<Rule extends { readonly id: string }>(
  rules: readonly Rule[],
  { only }: ConformanceOptions,
): ReadonlyMap<string, readonly Rule[]> {
  const wanted = rules.filter(
    ({ id }) => only === undefined || only.includes(id) || only.includes(areaOf(id)),
  )
  return Map.groupBy(wanted, ({ id }) => areaOf(id))
}
