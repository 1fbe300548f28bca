import type { Queue } from '../queue/queue.ts'
import type { QueueDispatcher } from '../queue/queue-dispatcher.ts'
import type { FilterExpression } from '../task-log/filter-expression.ts'
import { publish } from '../telemetry/channels.ts'
import type { CancelTimer } from '../time/clock.ts'

/** Options of a {@link Reconciler}. */
export interface ReconcilerOptions {
  readonly dispatcher: QueueDispatcher
  readonly queues: readonly Queue[]
  readonly worker: string
}

const INTERVAL_MS = 5_000
const PAGE = 500

/**
 * Pushes what has an entry but no message: a broker that is not the log may lose everything, at a restart for example.
 * Looks when the broker's queue is empty though the log has ready entries for it; a message too many does no harm.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions
  #cancelTimer: CancelTimer = () => {}
  #stopped = false

  /** @param options see {@link ReconcilerOptions} */
  constructor({ queues, ...options }: ReconcilerOptions) {
    this.#options = { ...options, queues: queues.filter(({ broker }) => !broker.capabilities.claims) }
  }

  /** Reconciles now and then every 5 s. */
  start(): void {
    if (this.#options.queues.length > 0) this.#schedule(0)
  }

  /** No more. */
  stop(): void {
    this.#stopped = true
    this.#cancelTimer()
  }

  #schedule(ms: number): void {
    if (this.#stopped) return
    this.#cancelTimer = this.#options.dispatcher.clock.setTimer(() => {
      this.reconcile()
        .catch((error: unknown) => {
          publish('waybill:worker:fault', () => ({
            worker: this.#options.worker,
            during: 'reconcile',
            error,
          }))
        })
        .finally(() => this.#schedule(INTERVAL_MS))
    }, ms)
  }

  /** Pushes up to a page of entries for each queue whose broker is empty. */
  async reconcile(): Promise<void> {
    const log = this.#options.dispatcher.taskLog.broker
    for (const queue of this.#options.queues) {
      if ((await queue.count()) > 0) continue
      const found = await log.search({
        where: readyIn(queue.name),
        sort: 'id',
        direction: 'ascending',
        limit: PAGE,
        offset: 0,
        after: null,
        omit: ['parameters', 'metadata', 'report', 'progress'],
      })
      await queue.push(found.map(({ id }) => ({ version: 1, id })))
    }
  }
}

function readyIn(queue: string): FilterExpression {
  const is = (column: 'queue' | 'status' | 'hold', value: string | null): FilterExpression => ({
    kind: 'column',
    column,
    operator: 'eq',
    value,
  })
  return { kind: 'and', nodes: [is('queue', queue), is('status', 'enqueued'), is('hold', null)] }
}
