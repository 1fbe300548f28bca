import { InvalidInputError } from '@waybill/core'
import type { MigrationSource, SourceRange, UnitReader, Units } from './migration-source.ts'

/** The values of an array; a unit's id is its place, from 0. The same array must be there when a run is resumed. */
export function arraySource<Value>(values: readonly Value[]): MigrationSource<Value, null> {
  if (!Array.isArray(values)) throw new InvalidInputError('values', 'expected an array')
  return {
    positions: null,
    plan: async (ranges) => equalRanges(values.length, ranges),
    open: async ({ from, to }) =>
      new ArrayReader(values, placeAfter(from), placeAfter(to ?? String(values.length - 1))),
  }
}

class ArrayReader<Value> implements UnitReader<Value, null> {
  readonly #values: readonly Value[]
  readonly #begin: number
  readonly #end: number

  constructor(values: readonly Value[], begin: number, end: number) {
    this.#values = values
    this.#begin = begin
    this.#end = end
  }

  read(after: string | null, limit: number): Units<Value> {
    const begin = after === null ? this.#begin : placeAfter(after)
    const values = this.#values.slice(begin, Math.min(begin + limit, this.#end))
    return { values, idAt: (index) => begin + index }
  }

  async close(): Promise<void> {}
}

/** The place behind the unit with this id; null: the first place. */
export function placeAfter(id: string | null): number {
  return id === null ? 0 : Number(id) + 1
}

/** Cuts numbered units into ranges of the same size, or one less. */
export function equalRanges(total: number, ranges: number): SourceRange[] {
  const count = Math.min(ranges, total)
  const bound = (index: number): number => Math.floor((total * index) / count)
  const before = (place: number): string | null => (place === 0 ? null : String(place - 1))
  return Array.from({ length: count }, (_, index) => ({
    from: before(bound(index)),
    to: before(bound(index + 1)),
    total: bound(index + 1) - bound(index),
  }))
}
