import type { Patch } from './tree.ts'

/** Tests that are to fail: a project, a file of it, and the names of the tests in it, as a pattern. */
export interface CatchingTests {
  readonly project: string
  readonly file: string
  /** Left out: all of them. */
  readonly names?: string
}

/** Simulated worlds of which one is to break a promise, their messages in the log or in a broker. */
export interface CatchingWorlds {
  readonly worlds: 'over the log' | 'over a broker'
}

/** What is to notice a bug. */
export type Catcher = CatchingTests | CatchingWorlds

/** A mistake that is planted in the sources to see that it is noticed. */
export interface SeededBug {
  /** What is wrong, as a sentence. */
  readonly name: string
  readonly patches: readonly Patch[]
  readonly catcher: Catcher
}

/** The rules of the conformance suite for an adapter whose ids match. */
export function rules(log: 'sqlite' | 'postgres' | 'mysql', ids: string): CatchingTests {
  const subject = { sqlite: 'sqlite, a file', postgres: 'postgres, the newest', mysql: 'mysql' }[log]
  return { project: `tasklog-${log}`, file: 'test/conformance.test.ts', names: `${subject}.* (${ids})` }
}

/** Worlds in which the log is the queue. */
export const WORLDS: CatchingWorlds = { worlds: 'over the log' }

/** Worlds in which messages go through a broker. */
export const BROKER_WORLDS: CatchingWorlds = { worlds: 'over a broker' }
