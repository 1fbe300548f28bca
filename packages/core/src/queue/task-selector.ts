import type { Queue } from './queue.ts'

/** Decides which queue a worker asks first. */
export interface TaskSelector {
  /**
   * All the queues, in the order in which to ask them until one has a task. Asked anew for every block of tasks, so
   * an empty queue never keeps a worker from another that has work.
   */
  order(queues: readonly Queue[]): readonly Queue[]
  /** How long to wait, in milliseconds, when all were empty and nobody wakes the worker. */
  readonly waitMs: number
}

/**
 * Random by weight: of two queues with weights 1 and 2 the second is asked first in about 66 % of the picks. The next
 * ones are drawn from the rest in the same way.
 */
export class WeightStrategy implements TaskSelector {
  /** One second. */
  readonly waitMs: number = 1_000
  readonly #random: () => number

  /** @param random a number in [0, 1); hand one in for a reproducible order */
  constructor(random: () => number = Math.random) {
    this.#random = random
  }

  order(queues: readonly Queue[]): readonly Queue[] {
    if (queues.length < 2) return queues
    const rest = [...queues]
    const order: Queue[] = []
    while (rest.length > 0) {
      const [picked] = rest.splice(this.#pick(rest), 1)
      order.push(picked as Queue)
    }
    return order
  }

  #pick(queues: readonly Queue[]): number {
    let total = 0
    for (const queue of queues) total += queue.weight
    if (total === 0) return Math.floor(this.#random() * queues.length)
    let point = this.#random() * total
    for (let index = 0; index < queues.length; index += 1) {
      point -= (queues[index] as Queue).weight
      if (point < 0) return index
    }
    return queues.findLastIndex((queue) => queue.weight > 0)
  }
}

/** The heaviest queue first, always; the next only when it is empty. */
export class StrictPriorityStrategy implements TaskSelector {
  /** Five seconds. */
  readonly waitMs: number = 5_000

  order(queues: readonly Queue[]): readonly Queue[] {
    return [...queues].sort((left, right) => right.weight - left.weight)
  }
}
