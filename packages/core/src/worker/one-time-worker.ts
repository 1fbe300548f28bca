import { createToken } from '../identity/id.ts'
import type { Delivery } from '../queue/broker.ts'
import type { QueueDispatcher } from '../queue/queue-dispatcher.ts'
import { type TaskRun, TaskRunner, type TaskRunnerOptions } from './task-runner.ts'

/** Options of a {@link OneTimeWorker}. */
export interface OneTimeWorkerOptions extends TaskRunnerOptions {
  /** Only from this queue. Default: from the queue the dispatcher's selector picks. */
  readonly queue?: string
  /** Exactly this task, if it is ready. */
  readonly id?: string
}

/** Long enough for one task without a thread that vouches for it; heartbeats renew it where the event loop turns. */
const LEASE_MS = 60_000

/** Runs one task and is done. */
export class OneTimeWorker {
  readonly #dispatcher: QueueDispatcher
  readonly #options: OneTimeWorkerOptions

  /** @param dispatcher whose tasks; @param options see {@link OneTimeWorkerOptions} */
  constructor(dispatcher: QueueDispatcher, options: OneTimeWorkerOptions = {}) {
    this.#dispatcher = dispatcher
    this.#options = options
  }

  /** Runs the next task; resolves once its report and status are in the log. Null when there was nothing to run. */
  async run(): Promise<TaskRun | null> {
    const runner = new TaskRunner(this.#dispatcher, { leaseMs: LEASE_MS, stallMs: 0, ...this.#options })
    await runner.heart.start()
    try {
      const [claimed] = await runner.claim(await this.#next(runner))
      if (claimed === undefined) return null
      return await new Promise((settled, failed) => runner.run(claimed, { ended() {}, settled, failed }))
    } finally {
      await runner.heart.stop()
      await runner.log.retire(runner.worker)
    }
  }

  async #next(runner: TaskRunner): Promise<readonly Delivery[]> {
    const { id, queue } = this.#options
    if (id !== undefined) {
      const { log, worker } = runner
      const claims = await log.claim({ worker, token: createToken(), from: { ids: [id] }, limit: 1 })
      return claims.map((claim) => ({ queue: claim.queue, body: null, receipt: null, claim }))
    }
    const queues = queue === undefined ? undefined : [this.#dispatcher.getQueue(queue)]
    return await runner.dequeue(1, queues)
  }
}
