import type { Broker, BrokerCapabilities, Delivery, Message, SyncBroker, Wakeable } from '@waybill/core'

const CAPABILITIES: BrokerCapabilities = Object.freeze({
  durable: false,
  claims: false,
  delayed: false,
  ordered: true,
})

/** A broker in this process: its workers take messages in the order in which they were pushed. */
export class MemoryBroker implements Broker, Wakeable {
  readonly id: string = 'memory'
  readonly capabilities: BrokerCapabilities = CAPABILITIES
  readonly #queues: Map<string, MemoryQueue> = new Map()

  async createQueue(queue: string): Promise<void> {
    this.#queue(queue)
  }

  async push(queue: string, messages: readonly Message[]): Promise<void> {
    this.#queue(queue).push(messages)
  }

  async pop(queue: string, limit: number): Promise<readonly Delivery[]> {
    return this.#queue(queue).pop(queue, limit)
  }

  /** A message that was popped is gone: the log has the task, and a worker pushes again what is left of a lost one. */
  async acknowledge(): Promise<void> {}

  async release(deliveries: readonly Delivery[]): Promise<void> {
    for (const { queue, body } of deliveries) this.#queue(queue).push([body as Message])
  }

  async count(queue: string): Promise<number> {
    return this.#queue(queue).size
  }

  onWake(queue: string, wake: () => void): () => void {
    return this.#queue(queue).onWake(wake)
  }

  /** Forgets all messages; the log has their tasks. */
  async close(): Promise<void> {
    this.#queues.clear()
  }

  #queue(name: string): MemoryQueue {
    let queue = this.#queues.get(name)
    if (queue === undefined) {
      queue = new MemoryQueue()
      this.#queues.set(name, queue)
    }
    return queue
  }
}

class MemoryQueue {
  #messages: Message[] = []
  /** How many of the first messages are gone: taking from the front of a long array is slow. */
  #taken = 0
  readonly #wakes: Set<() => void> = new Set()

  get size(): number {
    return this.#messages.length - this.#taken
  }

  push(messages: readonly Message[]): void {
    for (const message of messages) this.#messages.push(message)
    for (const wake of this.#wakes) wake()
  }

  pop(queue: string, limit: number): Delivery[] {
    const popped = this.#messages.slice(this.#taken, this.#taken + limit)
    this.#taken += popped.length
    if (this.#taken > this.#messages.length / 2) {
      this.#messages = this.#messages.slice(this.#taken)
      this.#taken = 0
    }
    return popped.map((body) => ({ queue, body, receipt: null }))
  }

  onWake(wake: () => void): () => void {
    this.#wakes.add(wake)
    return () => this.#wakes.delete(wake)
  }
}

/** The original's broker: a task has run when `enqueue` resolves. */
export class SyncMemoryBroker extends MemoryBroker implements SyncBroker {
  override readonly id: string = 'memory (sync)'
  readonly sync = true
}

/** A broker in this process. With `sync` a task runs while it is enqueued, and its report is there afterwards. */
export function createMemoryBroker(options: { readonly sync: true }): SyncMemoryBroker
/** A broker in this process; {@link LongRunningWorker} runs its tasks. */
export function createMemoryBroker(options?: { readonly sync?: false }): MemoryBroker
export function createMemoryBroker({ sync = false }: { readonly sync?: boolean } = {}): MemoryBroker {
  return sync ? new SyncMemoryBroker() : new MemoryBroker()
}
