import type { ClaimableTaskLogBroker } from '@waybill/core'
import type { WaybillConfig } from './config.ts'
import { configuredQueues } from './create-dispatcher.ts'

/** Writes to the log how many tasks of a queue may be held at once, where the configuration says so. */
export async function limitQueues(config: WaybillConfig, log: ClaimableTaskLogBroker): Promise<void> {
  for (const { name, concurrency } of configuredQueues(config)) {
    if (concurrency !== undefined) await log.setQueue(name, { concurrency })
  }
}
