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
}
