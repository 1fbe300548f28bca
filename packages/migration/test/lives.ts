import { systemClock, type TaskContext } from '@waybill/core'
import type { AnyMigration } from '../src/index.ts'
import { newRange } from '../src/positions/range-table.ts'
import { Control } from '../src/range/control.ts'
import { NEW_PASS, type PassState } from '../src/range/pass-state.ts'
import { runPass } from '../src/range/run-pass.ts'

/** How a statement fails. `before`: it was not done. `after`: it was done, but the answer is lost. */
export type FaultKind = 'killed before' | 'killed after' | 'disconnected before' | 'disconnected after'

export const FAULT_KINDS: readonly FaultKind[] = [
  'killed before',
  'killed after',
  'disconnected before',
  'disconnected after',
]

/** Makes the n-th statement of a life fail. After a kill nothing works any more. */
export class Faults {
  /** Whether the fault has come. */
  fired = false
  #statements = 0
  readonly #at: number
  readonly #kind: FaultKind | null
  readonly #disconnect: () => Error

  constructor(at: number, kind: FaultKind | null, disconnect: () => Error) {
    this.#at = at
    this.#kind = kind
    this.#disconnect = disconnect
  }

  get isDead(): boolean {
    return this.fired && this.#kind?.startsWith('killed') === true
  }

  /** To be called before a statement: whether it is to fail, before or after it was done. */
  next(): 'before' | 'after' | null {
    if (this.isDead) throw new Error('killed')
    this.#statements += 1
    if (this.#kind === null || this.#statements !== this.#at) return null
    this.fired = true
    return this.#kind.endsWith('before') ? 'before' : 'after'
  }

  error(): Error {
    return this.isDead ? new Error('killed') : this.#disconnect()
  }
}

/** A run of one range that has everything. */
export async function begin(migration: AnyMigration, run: string): Promise<void> {
  await migration.positions?.prepare()
  await migration.positions?.begin('m', run, [newRange({ range: 0, from: null, to: null, total: null })])
}

/** One attempt at the range: what the task of a range does, without worker and log. */
export async function live(migration: AnyMigration, run: string, attempt: number): Promise<PassState> {
  const positions = migration.positions
  if (positions === null) throw new TypeError('needs positions')
  const context = {
    attempt,
    signal: new AbortController().signal,
    heartbeat: async () => {},
  } as unknown as TaskContext
  const control = new Control({
    context,
    clock: systemClock,
    pausedBy: async () => null,
    health: [],
    pollMs: 1_000,
    healthMs: 10,
    onWait: () => {},
  })
  const reader = await migration.source.open({ from: null, to: null, total: null })
  const { state } = await runPass({
    reader,
    readsInside: true,
    handler: migration.process,
    take: () =>
      positions.take({ migration: 'm', run, range: 0, pass: 'process', initial: NEW_PASS, context }),
    unitContext: { migration: 'm', range: 0, dryRun: false, signal: context.signal },
    context,
    clock: systemClock,
    control,
    chunk: migration.chunk,
    budgetLeft: async () => 0,
    isTransient: (error) => positions.isTransient(error),
    onChunk: () => {},
  })
  return state
}
