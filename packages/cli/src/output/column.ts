import type { Colours } from './output.ts'

/** What a cell may hold; an instant is relative on a terminal and ISO elsewhere. */
export type Cell = string | number | boolean | Date | null | undefined

/** One column of a table. */
export interface Column<Row> {
  /** Its heading. */
  readonly title: string
  /** What it says of a row; whatever it is, it is made safe for a terminal. */
  readonly value: (row: Row) => Cell
  /** Colours the cell's text. */
  readonly style?: (text: string, row: Row, colours: Colours) => string
  /** Numbers stand on the right. */
  readonly align?: 'left' | 'right'
  /** May be cut off where room is short. */
  readonly shrinks?: boolean
  /** May be left out where room is short; the highest goes first. */
  readonly dispensable?: number
}
