import { type TaskContext, WaybillError } from '@waybill/core'
import type { MaybePromise } from '../range/maybe-async.ts'
import type { PassName, PassState, RangeState } from '../range/pass-state.ts'

/** Which pass over which range is to be taken, and by whom. */
export interface TakeRequest {
  readonly migration: string
  /** The id of the run's task. */
  readonly run: string
  readonly range: number
  readonly pass: PassName
  /** Where the pass stands when nothing is known of it yet. */
  readonly initial: PassState
  /** The task that goes over the range. */
  readonly context: TaskContext
}

/** A pass over a range, held by one task: from the moment another has taken it, nothing more is committed. */
export interface HeldPass<Transaction> {
  /** Where it stands. */
  readonly state: PassState
  /**
   * Does the work of one chunk and keeps the state it answers: both or neither, where the store is transactional.
   * @throws RangeLostError when another task has taken the range; whatever the work throws
   */
  commit(work: (transaction: Transaction | null) => MaybePromise<PassState>): Promise<void>
}

/** Keeps how far migrations are. */
export interface PositionStore<Transaction = unknown> {
  /** Names the store in reports, for example `sqlite`. */
  readonly id: string
  /**
   * Chunk and position are committed together. False: the position is written after the chunk, so that after a crash the
   * chunk that was open is done again.
   */
  readonly transactional: boolean
  /** Work inside a transaction must not wait for anything. */
  readonly synchronous: boolean
  /** Makes the storage. Idempotent; safe at the same time. */
  prepare(): Promise<void>
  /** The ranges of a migration as they stand, in order; none when it never began. */
  load(migration: string): Promise<readonly RangeState[]>
  /** Begins a run with these ranges. Does nothing when this run has begun already; ends the hold of any other run. */
  begin(migration: string, run: string, ranges: readonly RangeState[]): Promise<void>
  /**
   * Takes a pass over a range from whoever had it.
   * @throws RangeLostError when another run has begun
   */
  take(request: TakeRequest): Promise<HeldPass<Transaction>>
  /** Does the work in a transaction that is rolled back. Only where the store is transactional. */
  rehearse<Result>(work: (transaction: Transaction) => MaybePromise<Result>): Promise<Result>
  /** Whether the same call may succeed later: a deadlock, a lost connection, a busy database. */
  isTransient(error: unknown): boolean
}

/** Another task holds the range, or another run has begun: nothing was committed. */
export class RangeLostError extends WaybillError {
  /** @param migration whose range; @param range which one */
  constructor(migration: string, range: number) {
    super(
      'aborted',
      `Another task has taken range ${range} of the migration ${JSON.stringify(migration)}; nothing more was committed.`,
    )
  }
}
