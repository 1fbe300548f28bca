import { WaybillError } from '../errors/waybill-error.ts'

/** Options of a {@link Batcher}. */
export interface BatcherOptions<Item, Result> {
  /** Handles a group; answers in order. */
  readonly handle: (items: readonly Item[]) => Promise<readonly Result[]>
  /** The largest group. */
  readonly limit: number
  /** How many groups may be under way at once. */
  readonly inFlight: number
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/** Items that promises bring one after another, as short tasks do that end, come no further apart than this. */
const TURNS = 32

/**
 * Groups what is submitted at once, or while a group is under way, into the next group. Nothing waits for a group to
 * fill: items are gathered while promises alone bring more of them, so one item alone leaves in the same turn of the
 * event loop. When the store refuses a group, its items are tried one by one, so that a bad one takes no other with it;
 * when the store is not well, all of them fail.
 */
export class Batcher<Item, Result> {
  readonly #options: BatcherOptions<Item, Result>
  #waiting: Waiting<Item, Result>[] = []
  #underWay = 0
  #isGathering = false

  /** @param options see {@link BatcherOptions} */
  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options
  }

  /** The result for one item, once its group is through. */
  submit(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      this.#next()
    })
  }

  #next(): void {
    if (!this.#isGathering && this.#waiting.length > 0 && this.#underWay < this.#options.inFlight)
      void this.#gather()
  }

  async #gather(): Promise<void> {
    const { limit } = this.#options
    this.#isGathering = true
    for (let seen = 0; seen < this.#waiting.length && this.#waiting.length < limit; ) {
      seen = this.#waiting.length
      for (let turn = 0; turn < TURNS; turn += 1) await null
    }
    this.#isGathering = false
    this.#send()
  }

  #send(): void {
    const { limit } = this.#options
    const waiting = this.#waiting
    const group = waiting.length <= limit ? waiting : waiting.slice(0, limit)
    this.#waiting = group === waiting ? [] : waiting.slice(limit)
    this.#underWay += 1
    void this.#handle(group).finally(() => {
      this.#underWay -= 1
      this.#next()
    })
    this.#next()
  }

  async #handle(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#options.handle(group.map(({ item }) => item))
      for (let index = 0; index < group.length; index += 1) group[index]?.resolve(results[index] as Result)
    } catch (error) {
      if (group.length > 1 && WaybillError.isInstance(error, 'store_refused')) {
        for (const waiting of group) await this.#handle([waiting])
      } else {
        for (const { reject } of group) reject(error)
      }
    }
  }
}
