/** What keeps a number under a name. */
export interface PositionStorage {
  /** The value under a name; undefined or null when there is none. */
  get(key: string): Promise<number | undefined | null> | number | undefined | null
  /** Keeps a value under a name. */
  set(key: string, value: number): unknown
}

const SUFFIX = '::_last_known'

/** Keeps the last position of whatever has an id, for migrations that are run again and again. */
export class PositionTracker {
  readonly #storage: PositionStorage

  /** @param storage where positions are kept. Default: in memory, for as long as the process lives */
  constructor(storage: PositionStorage = new Map()) {
    this.#storage = storage
  }

  /** The position kept last; 0 when there is none. */
  async getLastPosition(id: string): Promise<number> {
    return (await this.#storage.get(id + SUFFIX)) ?? 0
  }

  /** Keeps a position. */
  async keepCurrentPosition(id: string, position: number): Promise<void> {
    await this.#storage.set(id + SUFFIX, position)
  }
}
