/** Decisions by a reproducible source of numbers. */
export class Chance {
  readonly #random: () => number

  /** @param random numbers in [0, 1) */
  constructor(random: () => number) {
    this.#random = random
  }

  /** True with this probability. */
  happens(probability: number): boolean {
    return this.#random() < probability
  }

  /** A whole number, both bounds among them. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1))
  }

  /** One of them. */
  pick<Value>(values: readonly Value[]): Value {
    return values[this.between(0, values.length - 1)] as Value
  }

  /** In any order. */
  shuffled<Value>(values: readonly Value[]): Value[] {
    return values
      .map((value) => ({ value, place: this.#random() }))
      .sort((left, right) => left.place - right.place)
      .map(({ value }) => value)
  }

  /** Draws one of them each time, and none again before all have been drawn. */
  deck<Value>(values: readonly Value[]): () => Value {
    let left: Value[] = []
    return () => {
      if (left.length === 0) left = this.shuffled(values)
      return left.pop() as Value
    }
  }
}
