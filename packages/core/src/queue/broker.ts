import type { Claim } from '../task-log/claimable-task-log-broker.ts'

/** What a broker carries: which task, never what it is. The log has the rest. */
export interface Message {
  /** The version of this shape. */
  readonly version: 1
  /** The task's id. */
  readonly id: string
}

/** A message on its way to a worker. */
export interface Delivery {
  /** The queue it came from. */
  readonly queue: string
  /** What arrived. A foreign broker hands on what it got; core checks it before it believes it. */
  readonly body: unknown
  /** What the broker needs to acknowledge or release it. */
  readonly receipt: unknown
  /** Set by brokers that are the log: the task is claimed already. */
  readonly claim?: Claim
}

/** Facts about a broker. Frozen; each comment says what core does when it is false. */
export interface BrokerCapabilities {
  /** Messages survive the process. False: what has an entry but no message is pushed again when a worker starts. */
  readonly durable: boolean
  /** The broker is the log: an entry that was added needs no push, a delivery is claimed. */
  readonly claims: boolean
  /** A message may be held back for a time. False: core pushes it when it is due. */
  readonly delayed: boolean
  /** Messages of a queue come in the order in which they were pushed. */
  readonly ordered: boolean
}

/**
 * Carries a task to a worker. It may lose, repeat and reorder messages: the log does not, so nothing is lost but time.
 * All methods are safe to call at the same time.
 */
export interface Broker {
  /** Names the broker in messages. */
  readonly id: string
  /** Frozen facts. */
  readonly capabilities: BrokerCapabilities
  /** Makes the queue's storage. Idempotent; never drops anything. */
  createQueue(queue: string): Promise<void>
  /** Takes messages; resolves when they are as safe as the broker makes them. Pushing one twice is allowed. */
  push(queue: string, messages: readonly Message[]): Promise<void>
  /** Up to `limit` messages, at once; empty when there are none. They stay the taker's until acknowledged or released. */
  pop(queue: string, limit: number, consumer: Consumer): Promise<readonly Delivery[]>
  /** Forgets messages whose tasks are settled in the log. Unknown ones are ignored. */
  acknowledge(deliveries: readonly Delivery[]): Promise<void>
  /** Gives messages back, to be delivered again. Unknown ones are ignored. */
  release(deliveries: readonly Delivery[]): Promise<void>
  /** How many messages wait. */
  count(queue: string): Promise<number>
  /** Gives back what the broker opened itself. Safe to call twice. */
  close(): Promise<void>
}

/** Who pops: brokers that are the log claim in its name. */
export interface Consumer {
  /** The worker's id. */
  readonly worker: string
  /** A fresh token to claim under, by which the worker finds what it got when the reply is lost. Default: the broker makes one. */
  readonly token?: string
}

/** A broker whose tasks run while they are enqueued. */
export interface SyncBroker extends Broker {
  readonly sync: true
}

/** Whether a broker's tasks run while they are enqueued. */
export function isSyncBroker(broker: Broker): broker is SyncBroker {
  return 'sync' in broker && broker.sync === true
}

/** A broker that can say when there may be messages. */
export interface Wakeable {
  /** Calls `wake` when the queue may have messages. A hint: workers poll beneath it. Answers a function that ends it. */
  onWake(queue: string, wake: () => void): () => void
}

/** Whether a broker can say when there may be messages. */
export function isWakeable(broker: object): broker is Wakeable {
  return 'onWake' in broker
}
