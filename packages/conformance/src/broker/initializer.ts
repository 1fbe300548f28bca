import type { Broker, ClaimableTaskLogBroker } from '@waybill/core'

/** How the suite gets hold of the brokers of an adapter. */
export interface BrokerInitializer {
  /** Names the adapter in the test report. */
  readonly name: string
  /** Brings up what all brokers share; once, before the first {@link create}. */
  start?(): Promise<void>
  /** Takes it down again; once, after the last {@link create}. */
  stop?(): Promise<void>
  /** A broker whose queues nobody else uses and that holds nothing yet. */
  create(): Promise<BrokerSubject>
}

/** One broker, and what the suite needs to try it. */
export interface BrokerSubject {
  /** The broker. The suite closes it. */
  readonly broker: Broker
  /** Required when the broker's capabilities say `claims`: the log that it is. The suite creates its container. */
  readonly log?: ClaimableTaskLogBroker
  /** Required when the broker's capabilities say `durable`: another broker on the same storage. The suite closes it. */
  open?(): Promise<Broker>
  /** Within how many milliseconds a broker that wakes does so, unless the wake-up is lost; 2000 when not given. */
  readonly wakeWithinMs?: number
  /** Forgets the storage, and closes the log. Called after every broker on it was closed. */
  dispose?(): Promise<void>
}
