/** A place in the order in which tasks of a queue are claimed. */
export interface Place {
  readonly priority: number
  readonly seq: number
}

/** Before all tasks there can be. */
export const START: Place = { priority: -32_769, seq: 0 }

/** Smaller claims cost little wherever they begin. */
const FULL_BLOCK = 100
/** How long claims may go on from where the last one ended before one begins at the start again. */
const LONGEST_MS = 250
/** A look from the start that takes long is taken more rarely, so that it never costs more than a tenth of the time. */
const SHARE = 10

interface Front {
  readonly place: Place
  readonly until: number
}

/**
 * Where the ready tasks of each queue begin. While somebody's transaction is open InnoDB keeps the index entries of all
 * tasks that were claimed since, marked as deleted, and a claim from the start reads every one of them
 * (https://dev.mysql.com/doc/refman/8.0/en/innodb-purge-configuration.html). So while a queue hands out full blocks, a claim
 * goes on from where the last one ended; what became ready before that place is found by the next look from the start.
 */
export class Fronts {
  readonly #fronts: Map<string, Front> = new Map()

  /** Where to begin now. */
  of(queue: string): Place {
    const front = this.#fronts.get(queue)
    return front === undefined || front.until <= performance.now() ? START : front.place
  }

  /**
   * Notes what a claim has found.
   *
   * @param from where it began; @param limit how many it asked for; @param began when, by `performance.now()`
   */
  note(queue: string, from: Place, found: readonly Place[], limit: number, began: number): void {
    const last = found.reduce((left, right) => (isBefore(left, right) ? right : left), from)
    const now = performance.now()
    if (found.length < limit || limit < FULL_BLOCK) this.#fronts.delete(queue)
    else if (from === START) this.#fronts.set(queue, { place: last, until: now + restMs(now - began) })
    else {
      const until = this.#fronts.get(queue)?.until ?? now
      this.#fronts.set(queue, { place: last, until })
    }
  }
}

function restMs(tookMs: number): number {
  return Math.max(LONGEST_MS, tookMs * SHARE)
}

function isBefore(left: Place, right: Place): boolean {
  return left.priority === right.priority ? left.seq < right.seq : left.priority < right.priority
}
