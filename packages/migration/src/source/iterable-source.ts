import { InvalidInputError } from '@waybill/core'
import { placeAfter } from './array-source.ts'
import type { MigrationSource, UnitReader, Units } from './migration-source.ts'

/** Options of {@link iterableSource}. */
export interface IterableSourceOptions {
  /** How many values there will be, for progress and time left. Default: not known. */
  readonly total?: number
}

/**
 * The values of an iterable or async iterable; a unit's id is its place, from 0. It is made anew for every attempt and
 * must then bring the same values in the same order; those that are done are gone past. One range.
 *
 * @param open makes the iterable
 */
export function iterableSource<Value>(
  open: () => Iterable<Value> | AsyncIterable<Value>,
  options: IterableSourceOptions = {},
): MigrationSource<Value, null> {
  if (typeof open !== 'function') {
    throw new InvalidInputError(
      'open',
      'expected a function that makes the iterable: it is needed again after a crash',
    )
  }
  return {
    positions: null,
    plan: async () => [{ from: null, to: null, total: options.total ?? null }],
    open: async () => new IterableReader(iteratorOf(open())),
  }
}

function iteratorOf<Value>(
  iterable: Iterable<Value> | AsyncIterable<Value>,
): Iterator<Value> | AsyncIterator<Value> {
  return Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]()
}

/** Reads forward, and keeps what was read until a later place is asked for. */
class IterableReader<Value> implements UnitReader<Value, null> {
  readonly #iterator: Iterator<Value> | AsyncIterator<Value>
  #kept: Value[] = []
  /** The place of the first that is kept. */
  #first = 0
  #next = 0
  #ended = false

  constructor(iterator: Iterator<Value> | AsyncIterator<Value>) {
    this.#iterator = iterator
  }

  async read(after: string | null, limit: number): Promise<Units<Value>> {
    const begin = placeAfter(after)
    const end = begin + limit
    this.#kept = this.#kept.slice(begin - this.#first)
    this.#first = begin
    while (!this.#ended && this.#next < end) {
      const step = await this.#iterator.next()
      if (step.done === true) this.#ended = true
      else if (this.#next >= begin) this.#kept.push(step.value)
      if (step.done !== true) this.#next += 1
    }
    return { values: this.#kept.slice(0, limit), idAt: (index) => begin + index }
  }

  async close(): Promise<void> {
    if (!this.#ended) await this.#iterator.return?.()
  }
}
