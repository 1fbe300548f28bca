import { afterAll, beforeAll, describe, test } from 'vitest'
import {
  type ConformanceOptions,
  INFRASTRUCTURE_TIMEOUT_MS,
  rulesByArea,
  type Verdict,
  verdictOf,
} from '../verdict.ts'
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
  describe(`broker conformance: ${initializer.name}`, () => {
    beforeAll(async () => initializer.start?.(), INFRASTRUCTURE_TIMEOUT_MS)
    afterAll(async () => initializer.stop?.(), INFRASTRUCTURE_TIMEOUT_MS)
    for (const [area, rules] of rulesByArea(brokerRules, options)) {
      describe(area, () => {
        for (const rule of rules) {
          test(`${rule.id} ${rule.name}`, { timeout: rule.timeoutMs }, async ({ skip }) => {
            const excuse = await checkBrokerRule(rule, initializer)
            if (excuse !== null) skip(excuse)
          })
        }
      })
    }
  })
}

/** Tries every rule and says what became of it, without declaring a test. Runs inside vitest only. */
export async function checkBroker(
  initializer: BrokerInitializer,
  options: ConformanceOptions = {},
): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = []
  await initializer.start?.()
  try {
    for (const rule of [...rulesByArea(brokerRules, options).values()].flat()) {
      verdicts.push(await verdictOf(rule, async () => checkBrokerRule(rule, initializer)))
    }
  } finally {
    await initializer.stop?.()
  }
  return verdicts
}

async function checkBrokerRule(rule: BrokerRule, initializer: BrokerInitializer): Promise<string | null> {
  const trial = new BrokerTrial(await initializer.create())
  try {
    const excuse = rule.excuse(trial.broker)
    if (excuse !== null) return excuse
    await trial.subject.log?.createContainer()
    await rule.run(trial)
    return null
  } finally {
    await trial.end()
  }
}
