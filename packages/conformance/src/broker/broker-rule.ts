import type { Broker } from '@waybill/core'
import { DEFAULT_TIMEOUT_MS, none, type Rule } from '../rule.ts'
import type { BrokerTrial } from './broker-trial.ts'

/** A rule for brokers. */
export type BrokerRule = Rule<BrokerTrial, Broker>

/** A rule for every broker, or for those that have no excuse. */
export function brokerRule(
  id: string,
  name: string,
  run: (trial: BrokerTrial) => Promise<void>,
  excuse: (broker: Broker) => string | null = none,
): BrokerRule {
  return { id, name, run, excuse, timeoutMs: DEFAULT_TIMEOUT_MS, isBare: false }
}

/** The excuse of a broker of whom this is not true. */
export function unless(fact: keyof Broker['capabilities']): (broker: Broker) => string | null {
  return ({ capabilities }) => (capabilities[fact] ? null : `capabilities.${fact} is false`)
}

/** The excuse of a broker of whom this is true. */
export function when(fact: keyof Broker['capabilities']): (broker: Broker) => string | null {
  return ({ capabilities }) => (capabilities[fact] ? `capabilities.${fact} is true` : null)
}
