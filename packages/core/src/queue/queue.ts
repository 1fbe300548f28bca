import { InvalidInputError } from '../errors/errors.ts'
import { checkQueueName } from '../validation/names.ts'
import { type Broker, type Consumer, type Delivery, isSyncBroker, type Message } from './broker.ts'

/** Options of a {@link Queue}. */
export interface QueueOptions {
  /** How often the queue is picked, relative to the others; its absolute value counts. 0: only when all others are empty. Default 1. */
  readonly weight?: number
}

/** A named queue over a broker. */
export class Queue {
  /** Its name. */
  readonly name: string
  /** What carries its tasks. */
  readonly broker: Broker
  /** How often it is picked, 0 or more. */
  readonly weight: number

  /** @param name 1 to 64 letters, digits, `_`, `.`, `-`, beginning with a letter; @param broker what carries its tasks */
  constructor(name: string, broker: Broker, options: QueueOptions = {}) {
    this.name = checkQueueName(name, 'name')
    this.broker = broker
    this.weight = Math.abs(options.weight ?? 1)
    if (!Number.isFinite(this.weight))
      throw new InvalidInputError(`queue ${name}.weight`, 'expected a finite number')
  }

  /** Whether its tasks run while they are enqueued. */
  isSync(): boolean {
    return isSyncBroker(this.broker)
  }

  /** Makes its storage; idempotent. */
  async initialize(): Promise<void> {
    await this.broker.createQueue(this.name)
  }

  /** How many tasks wait. */
  async count(): Promise<number> {
    return await this.broker.count(this.name)
  }

  /** Hands messages to the broker. */
  async push(messages: readonly Message[]): Promise<void> {
    await this.broker.push(this.name, messages)
  }

  /** Takes up to `limit` deliveries. */
  async pop(limit: number, consumer: Consumer): Promise<readonly Delivery[]> {
    return await this.broker.pop(this.name, limit, consumer)
  }
}
