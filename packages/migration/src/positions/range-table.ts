import { InvalidInputError } from '@waybill/core'
import { NEW_PASS, type RangeState } from '../range/pass-state.ts'

/** Options of the stores that keep positions in a table. */
export interface PositionTableOptions {
  /** The table's name; it is created when it is missing. Default `waybill_migration_ranges`. */
  readonly positionsTable?: string
}

/** A row of the table. */
export interface RangeRow {
  readonly range_number: number
  readonly state: string
}

/** The table's name, to be put into statements: nothing else but a plain identifier passes. */
export function positionsTable({
  positionsTable: name = 'waybill_migration_ranges',
}: PositionTableOptions): string {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(name)) return name
  throw new InvalidInputError(
    'positionsTable',
    'expected 1 to 63 letters, digits and _, beginning with no digit',
  )
}

/** The state a row holds. */
export function rangeOf({ state }: RangeRow): RangeState {
  return JSON.parse(state) as RangeState
}

/** A range as it was planned, with nothing done. */
export function newRange(range: Pick<RangeState, 'range' | 'from' | 'to' | 'total'>): RangeState {
  return { ...range, process: NEW_PASS, verify: NEW_PASS }
}
