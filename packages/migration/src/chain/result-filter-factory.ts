import type { MigrationConfig, ResultFilter, ResultFilterFactory } from '@waybill/core'

/** Makes filters from `start` to `start + chunkSize`, never beyond how many positions there are. */
export class DefaultResultFilterFactory implements ResultFilterFactory {
  readonly #max: () => Promise<number> | number

  /** @param max how many positions there are: the last one is `max() - 1` */
  constructor(max: () => Promise<number> | number) {
    this.#max = max
  }

  /** {@inheritDoc ResultFilterFactory.create} */
  async create({ start, chunkSize }: MigrationConfig): Promise<ResultFilter> {
    const max = await this.#max()
    return { start, end: Math.min(start + chunkSize, max), max }
  }
}
