/** One promise of a contract and the test that owns it. */
export interface Rule<Trial, Subject> {
  /** Stable: the area and a number, for example `claim-007`. Ids are added and retired, never given to another rule. */
  readonly id: string
  /** The promise, as a sentence. */
  readonly name: string
  /** Null when the rule applies to the subject; else why its own capabilities or interfaces rule it out. */
  readonly excuse: (subject: Subject) => string | null
  /** Tries the rule on a fresh subject; throws when it is broken. */
  readonly run: (trial: Trial) => Promise<void>
  /** How long it may take, in milliseconds. */
  readonly timeoutMs: number
  /** The rule itself creates the storage; it gets a subject that has none yet. */
  readonly isBare: boolean
}

/** How long a rule may take unless it says otherwise, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 30_000

/** The area of a rule: `claim` for `claim-007`. */
export function areaOf(ruleId: string): string {
  return ruleId.slice(0, ruleId.lastIndexOf('-'))
}

/** The excuse of a rule that applies to every subject. */
export function none(): null {
  return null
}
