import type { Broker } from '@waybill/core'
import { type Conformance, collectVerdicts, declareConformance } from '../declare.ts'
import { factsOfBroker } from '../sheet/facts.ts'
import type { ConformanceOptions, Verdict } from '../verdict.ts'
import type { BrokerRule } from './broker-rule.ts'
import { BrokerTrial } from './broker-trial.ts'
import { claimingRules } from './claiming.ts'
import { brokerContractRules } from './contract.ts'
import { deliveryRules } from './delivery.ts'
import type { BrokerInitializer } from './initializer.ts'

/** Every rule for brokers. */
export const brokerRules: readonly BrokerRule[] = [...deliveryRules, ...claimingRules, ...brokerContractRules]

/**
 * Declares a vitest test for every rule of a broker. A rule is skipped only where the broker's own capabilities or
 * interfaces rule it out; the report says why.
 */
export function brokerConformance(initializer: BrokerInitializer, options: ConformanceOptions = {}): void {
  declareConformance(conformanceOf(initializer), options)
}

/** Tries every rule and says what became of it, without declaring a test. Runs inside vitest only. */
export async function checkBroker(
  initializer: BrokerInitializer,
  options: ConformanceOptions = {},
): Promise<readonly Verdict[]> {
  return collectVerdicts(conformanceOf(initializer), options)
}

function conformanceOf(initializer: BrokerInitializer): Conformance<BrokerTrial, Broker> {
  return {
    title: `broker conformance: ${initializer.name}`,
    rules: brokerRules,
    start: async () => initializer.start?.(),
    stop: async () => initializer.stop?.(),
    async check(rule, seen) {
      const trial = new BrokerTrial(await initializer.create())
      try {
        seen(factsOfBroker(trial.broker))
        const excuse = rule.excuse(trial.broker)
        if (excuse !== null) return excuse
        await trial.subject.log?.createContainer()
        await rule.run(trial)
        return null
      } finally {
        await trial.end()
      }
    },
  }
}
