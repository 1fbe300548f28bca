import type { PositionStore } from '../positions/position-store.ts'
import type { MaybePromise } from '../range/maybe-async.ts'

/** A part of a source. Units are told apart, and ordered, by their ids. */
export interface SourceRange {
  /** Begins after this unit; null for the first one. */
  readonly from: string | null
  /** Ends with this unit; null for the last one. */
  readonly to: string | null
  /** How many units it has; null when that is not known. */
  readonly total: number | null
}

/** What tells units apart; a number stands for its decimal text. */
export type UnitId = string | number

/** Units that were read together, in order. */
export interface Units<Value> {
  readonly values: readonly Value[]
  /** The id of one of them, made when it is asked for, before the unit is handed out. */
  readonly idAt: (index: number) => UnitId
}

/** Reads the units of one range. */
export interface UnitReader<Value, Transaction> {
  /**
   * Up to `limit` units after the one with this id (null: from the start of the range), in order. Fewer only at the end
   * of the range. Asked again for the same place it answers the same place again.
   *
   * @param transaction reads in there; null: by a connection of its own
   */
  read(after: string | null, limit: number, transaction: Transaction | null): MaybePromise<Units<Value>>
  /** Gives back what it opened. */
  close(): Promise<void>
}

/** Where the units of a migration come from. */
export interface MigrationSource<Value, Transaction = unknown> {
  /**
   * Where positions are kept when the migration does not say otherwise: next to the data, in the transaction of the
   * chunk. Null: in the task log.
   */
  readonly positions: PositionStore<Transaction> | null
  /**
   * Cuts what there is now into at most so many ranges; together they have every unit once. None for nothing.
   * @throws InvalidInputError when the source is not what it says
   */
  plan(ranges: number): Promise<readonly SourceRange[]>
  /** Opens a range. */
  open(range: SourceRange): Promise<UnitReader<Value, Transaction>>
}
