import {
  type Broker,
  type ClaimableTaskLogBroker,
  createTaskId,
  type Delivery,
  type TaskLogRecord,
} from '@waybill/core'
import { expect } from 'vitest'
import { LONG_LEASE_MS } from '../task-log/test-worker.ts'
import { entry } from '../task-log/trial.ts'
import type { BrokerSubject } from './initializer.ts'

/** The consumer of rules that name none. */
export const CONSUMER = 'consumer'

/** A fresh broker and the words in which its rules are written. */
export class BrokerTrial {
  readonly subject: BrokerSubject
  readonly broker: Broker
  readonly #opened: Broker[] = []

  constructor(subject: BrokerSubject) {
    this.subject = subject
    this.broker = subject.broker
  }

  /** The log, of a broker that is one. */
  get log(): ClaimableTaskLogBroker {
    if (this.subject.log === undefined) {
      throw new Error('The capabilities say claims: true, so create() must answer with the log.')
    }
    return this.subject.log
  }

  /** Another broker on the same storage. */
  async open(): Promise<Broker> {
    if (this.subject.open === undefined) {
      throw new Error('The capabilities say durable: true, so create() must say how another one is opened.')
    }
    const broker = await this.subject.open()
    this.#opened.push(broker)
    return broker
  }

  /** Sends messages to a queue, as an enqueue would; answers the ids of their tasks. */
  async send(queue: string, count = 1): Promise<readonly string[]> {
    const entries = Array.from({ length: count }, () => entry({ queue, id: createTaskId(Date.now()) }))
    if (this.broker.capabilities.claims) await this.log.add(entries)
    await this.broker.push(
      queue,
      entries.map(({ id }) => ({ version: 1, id })),
    )
    return entries.map(({ id }) => id)
  }

  /** Takes up to `limit` messages. */
  async pop(queue: string, limit = 100, worker: string = CONSUMER): Promise<readonly Delivery[]> {
    if (this.broker.capabilities.claims) {
      await this.log.heartbeat({ worker, leaseMs: LONG_LEASE_MS, info: null, open: [] })
    }
    return this.broker.pop(queue, limit, { worker })
  }

  /** The entry of a broker that is the log. */
  async entryOf(id: string): Promise<TaskLogRecord | undefined> {
    return (await this.log.find([id]))[0]
  }

  /** Closes every broker on the storage and forgets it. */
  async end(): Promise<void> {
    for (const broker of [...this.#opened, this.broker]) await broker.close()
    await this.subject.dispose?.()
  }
}

/** The task a delivery is about. */
function taskOf({ claim, body }: Delivery): string {
  return claim?.id ?? String((body as { readonly id?: unknown } | null)?.id)
}

/** The tasks that deliveries are about, in their order. */
export function tasksOf(deliveries: readonly Delivery[]): readonly string[] {
  for (const delivery of deliveries) expect(taskOf(delivery)).not.toBe('undefined')
  return deliveries.map(taskOf)
}
