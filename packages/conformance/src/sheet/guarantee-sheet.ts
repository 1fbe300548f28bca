import type { Verdict } from '../verdict.ts'

/** What an adapter guarantees, as the suite found it: for programs, and for the table in its README. */
export interface GuaranteeSheet {
  /** The version of this shape. */
  readonly version: 1
  /** Which contract was tried. */
  readonly contract: 'task log' | 'broker'
  /** The adapter, as it names itself. */
  readonly adapter: string
  /** Its frozen facts. */
  readonly capabilities: Readonly<Record<string, boolean | string>>
  /** The optional interfaces of the contract, and whether it has them. */
  readonly interfaces: Readonly<Record<string, boolean>>
  /** What became of each rule: `kept`, `broken`, or why it does not apply. */
  readonly rules: Readonly<Record<string, string>>
}

/** What a subject says of itself. */
export type AdapterFacts = Pick<GuaranteeSheet, 'contract' | 'adapter' | 'capabilities' | 'interfaces'>

/** The sheet of an adapter, from what it says and what was found. */
export function guaranteeSheet(facts: AdapterFacts, verdicts: readonly Verdict[]): GuaranteeSheet {
  const rules = verdicts.map(({ id, outcome, reason }) => [
    id,
    outcome === 'excused' ? (reason ?? '') : outcome,
  ])
  return { version: 1, ...facts, rules: Object.fromEntries(rules) }
}
