import { type Broker, isSyncBroker, isWakeable } from '@waybill/core'
import { expect, vi } from 'vitest'
import { type BrokerRule, brokerRule } from './broker-rule.ts'
import type { BrokerTrial } from './broker-trial.ts'

const OCCASIONS = 3

function unlessWakeable(broker: Broker): string | null {
  return isWakeable(broker) ? null : 'the broker wakes nobody: it has no onWake'
}

/** Counts the wake-ups of a queue, and ends them. */
function listen(
  trial: BrokerTrial,
  queue: string,
): { readonly count: () => number; readonly stop: () => void } {
  let count = 0
  const { broker } = trial
  if (!isWakeable(broker)) throw new Error('The broker wakes nobody.')
  const stop = broker.onWake(queue, () => {
    count += 1
  })
  return { count: () => count, stop }
}

/** A wake-up is a hint that may get lost, so it is given several occasions. */
async function wakes(trial: BrokerTrial, woken: () => number): Promise<void> {
  const before = woken()
  const { wakeWithinMs: timeout = 2_000 } = trial.subject
  for (let attempt = 1; ; attempt += 1) {
    await trial.send('q')
    try {
      await vi.waitFor(() => expect(woken(), 'wake-ups').toBeGreaterThan(before), { timeout, interval: 5 })
      return
    } catch (error) {
      if (attempt === OCCASIONS) throw error
    }
  }
}

/** The contract itself, wake-ups, and giving back what was opened. */
export const brokerContractRules: readonly BrokerRule[] = [
  brokerRule(
    'broker-001',
    'a broker says who it is and what it can do, and its facts are frozen',
    async ({ broker }) => {
      expect(broker.id).not.toBe('')
      expect(Object.isFrozen(broker.capabilities)).toBe(true)
      const { durable, claims, delayed, ordered, ...unknown } = broker.capabilities
      for (const fact of [durable, claims, delayed, ordered]) expect(typeof fact).toBe('boolean')
      expect(unknown).toEqual({})
    },
  ),

  brokerRule('broker-002', 'a broker is sync or it is not: there is no third', async ({ broker }) => {
    expect('sync' in broker).toBe(isSyncBroker(broker))
  }),

  brokerRule('broker-003', 'a broker is closed twice without a fault', async ({ broker }) => {
    await broker.createQueue('q')
    await broker.close()
    await broker.close()
  }),

  brokerRule(
    'broker-004',
    'a message wakes who listens to its queue',
    async (trial) => {
      await wakes(trial, listen(trial, 'q').count)
    },
    unlessWakeable,
  ),

  brokerRule(
    'broker-005',
    'who stopped listening is not woken any more, the others are',
    async (trial) => {
      const [stopped, listening] = [listen(trial, 'q'), listen(trial, 'q')]
      await wakes(trial, listening.count)
      stopped.stop()
      stopped.stop()
      const before = stopped.count()
      await wakes(trial, listening.count)
      expect(stopped.count()).toBe(before)
    },
    unlessWakeable,
  ),
]
