import type { Queue } from '../queue/queue.ts'
import type { QueueDispatcher } from '../queue/queue-dispatcher.ts'
import { pagesById } from '../task-log/pages.ts'
import { TaskLogFilter } from '../task-log/task-log-filter.ts'
import { publish } from '../telemetry/channels.ts'
import type { CancelTimer } from '../time/clock.ts'
import { repeat } from '../time/repeat.ts'

/** Options of a {@link Reconciler}. */
export interface ReconcilerOptions {
  readonly dispatcher: QueueDispatcher
  readonly queues: readonly Queue[]
  readonly worker: string
}

const INTERVAL_MS = 5_000

/**
 * Pushes what has an entry but no message: a broker that is not the log may lose everything, at a restart for example.
 * Looks when the broker's queue is empty though the log has ready entries for it; a message too many does no harm.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions
  #cancel: CancelTimer = () => {}

  /** @param options see {@link ReconcilerOptions} */
  constructor({ queues, ...options }: ReconcilerOptions) {
    this.#options = { ...options, queues: queues.filter(({ broker }) => !broker.capabilities.claims) }
  }

  /** Reconciles now and then every 5 s. */
  start(): void {
    const { dispatcher, queues } = this.#options
    if (queues.length > 0) this.#cancel = repeat(dispatcher.clock, 0, () => this.#reconcileAgain())
  }

  /** No more. */
  stop(): void {
    this.#cancel()
  }

  async #reconcileAgain(): Promise<number> {
    try {
      await this.reconcile()
    } catch (error) {
      const { worker } = this.#options
      publish('waybill:worker:fault', () => ({ worker, during: 'reconcile', error }))
    }
    return INTERVAL_MS
  }

  /** Pushes up to a page of entries for each queue whose broker is empty. */
  async reconcile(): Promise<void> {
    const log = this.#options.dispatcher.taskLog.broker
    for (const queue of this.#options.queues) {
      if ((await queue.count()) > 0) continue
      const ready = new TaskLogFilter().eq('queue', queue.name).eq('status', 'enqueued').eq('hold', null)
      const { value: found = [] } = await pagesById(log, ready.where, 'ascending').next()
      await queue.push(found.map(({ id }) => ({ version: 1, id })))
    }
  }
}
