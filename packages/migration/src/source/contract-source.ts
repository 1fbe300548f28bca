import { checkInteger, InvalidInputError, type ResultSearcher, type ResultUnit } from '@waybill/core'
import { equalRanges, placeAfter } from './array-source.ts'
import type { MigrationSource, UnitReader, Units } from './migration-source.ts'

/** Options of {@link contractSource}. */
export interface ContractSourceOptions<Value> {
  /** Finds the units whose position is from `start` to before `end`, always in the same order. */
  readonly searcher: ResultSearcher<Value>
  /** How many positions there are: the last one is `max() - 1`. */
  readonly max: () => Promise<number> | number
  /** How many positions are searched at once. Default 1,000. */
  readonly pickSize?: number
}

/**
 * The units a searcher of core's contracts finds; not every position needs to have one. A unit's id is where it was found,
 * and its own id: `2000+17:item-4711` is the 18th of those found from position 2,000.
 */
export function contractSource<Value>(
  options: ContractSourceOptions<Value>,
): MigrationSource<ResultUnit<Value>, null> {
  const pickSize = checkInteger(options.pickSize ?? 1_000, 'pickSize', 1, 1_000_000)
  return {
    positions: null,
    plan: async (ranges) =>
      equalRanges(await options.max(), ranges).map((range) => ({ ...range, total: null })),
    open: async ({ from, to }) => {
      const max = to === null ? await options.max() : placeAfter(to)
      return new ContractReader(options.searcher, pickSize, placeAfter(from), max)
    },
  }
}

class ContractReader<Value> implements UnitReader<ResultUnit<Value>, null> {
  readonly #searcher: ResultSearcher<Value>
  readonly #pickSize: number
  readonly #begin: number
  readonly #max: number

  constructor(searcher: ResultSearcher<Value>, pickSize: number, begin: number, max: number) {
    this.#searcher = searcher
    this.#pickSize = pickSize
    this.#begin = begin
    this.#max = max
  }

  async read(after: string | null, limit: number): Promise<Units<ResultUnit<Value>>> {
    const values: ResultUnit<Value>[] = []
    const ids: string[] = []
    let { start, index } = after === null ? { start: this.#begin, index: 0 } : placeBehind(after)
    while (start < this.#max && values.length < limit) {
      const end = Math.min(start + this.#pickSize, this.#max)
      let at = 0
      for await (const unit of await this.#searcher.search({ start, end, max: this.#max })) {
        if (at >= index && values.length < limit) {
          values.push(unit)
          ids.push(`${start}+${at}:${unit.id}`)
        }
        at += 1
      }
      start = end
      index = 0
    }
    return { values, idAt: (index) => ids[index] as string }
  }

  async close(): Promise<void> {}
}

function placeBehind(id: string): { start: number; index: number } {
  const match = /^(\d+)\+(\d+):/.exec(id)
  if (match === null)
    throw new InvalidInputError('position', `${JSON.stringify(id)} is no position of this source`)
  return { start: Number(match[1]), index: Number(match[2]) + 1 }
}
