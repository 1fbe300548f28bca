import {
  type Broker,
  type BrokerCapabilities,
  type ClaimableTaskLogBroker,
  type Consumer,
  createToken,
  type Delivery,
  type FilterExpression,
  isWakeableLog,
  type Wakeable,
} from '@waybill/core'

/** How many limited tasks are admitted at once when some were enqueued. */
const PROMOTE_LIMIT = 500

/** A durable broker over a task log: the log is the queue. */
export function createDurableBroker(log: ClaimableTaskLogBroker): DurableBroker {
  return new DurableBroker(log)
}

/**
 * The log is the queue: an entry that was added is its own message, and taking it claims it. There is no second copy to
 * lose or to keep in step; a task enqueued in a transaction is there when that commits, and not before.
 */
export class DurableBroker implements Broker, Wakeable {
  readonly id: string
  readonly capabilities: BrokerCapabilities
  readonly #log: ClaimableTaskLogBroker

  /** @param log any claimable task log; the caller closes it */
  constructor(log: ClaimableTaskLogBroker) {
    this.#log = log
    this.id = `durable over ${log.id}`
    this.capabilities = Object.freeze({
      durable: log.capabilities.durable,
      claims: true,
      delayed: true,
      ordered: true,
    })
  }

  async createQueue(queue: string): Promise<void> {
    await this.#log.setQueue(queue, {})
  }

  /** The entries are in the log already. Those that wait for a free slot of their limit key are admitted. */
  async push(): Promise<void> {
    await this.#log.promote(PROMOTE_LIMIT)
  }

  /** Claims up to `limit` entries in the consumer's name. */
  async pop(
    queue: string,
    limit: number,
    { worker, token = createToken() }: Consumer,
  ): Promise<readonly Delivery[]> {
    const claims = await this.#log.claim({ worker, token, from: { queue }, limit })
    return claims.map((claim) => ({ queue, body: null, receipt: null, claim }))
  }

  /** Nothing to do: a settled entry is its own acknowledgement. */
  async acknowledge(): Promise<void> {}

  /** Gives claims back; their attempts are not counted. */
  async release(deliveries: readonly Delivery[]): Promise<void> {
    const claims = deliveries.flatMap(({ claim }) => (claim === undefined ? [] : [claim]))
    await this.#log.settle(
      claims.map(({ id, token }) => ({
        id,
        token,
        to: 'release',
        delayMs: 0,
        reason: 'shutdown',
        report: null,
        progress: null,
        startedAgoMs: null,
      })),
    )
  }

  /** How many entries of the queue are ready. */
  async count(queue: string): Promise<number> {
    return await this.#log.count(readyIn(queue))
  }

  onWake(queue: string, wake: () => void): () => void {
    return isWakeableLog(this.#log) ? this.#log.onWake(queue, wake) : () => {}
  }

  /** Nothing is claimed from the queue until it is resumed; what is held goes on. */
  async pause(queue: string): Promise<void> {
    await this.#log.setQueue(queue, { paused: true })
  }

  /** Tasks are claimed from the queue again. */
  async resume(queue: string): Promise<void> {
    await this.#log.setQueue(queue, { paused: false })
  }

  /** How many tasks of the queue may be held at once, over all workers; null for no limit. */
  async limit(queue: string, concurrency: number | null): Promise<void> {
    await this.#log.setQueue(queue, { concurrency })
  }

  /** The caller closes the log. */
  async close(): Promise<void> {}
}

function readyIn(queue: string): FilterExpression {
  return {
    kind: 'and',
    nodes: [
      { kind: 'column', column: 'queue', operator: 'eq', value: queue },
      { kind: 'column', column: 'status', operator: 'eq', value: 'enqueued' },
      { kind: 'column', column: 'hold', operator: 'eq', value: null },
    ],
  }
}
