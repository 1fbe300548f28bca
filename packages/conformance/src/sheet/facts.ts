import {
  type Broker,
  hasSchema,
  isClaimable,
  isPulsable,
  isSyncBroker,
  isWakeable,
  isWakeableLog,
  type TaskLogBroker,
} from '@waybill/core'
import type { AdapterFacts } from './guarantee-sheet.ts'

/** What a task log says of itself. */
export function factsOfLog(log: TaskLogBroker): AdapterFacts {
  return {
    contract: 'task log',
    adapter: log.id,
    capabilities: { ...log.capabilities },
    interfaces: {
      claims: isClaimable(log),
      wakes: isWakeableLog(log),
      schema: hasSchema(log),
      pulse: isPulsable(log),
    },
  }
}

/** What a broker says of itself. */
export function factsOfBroker(broker: Broker): AdapterFacts {
  return {
    contract: 'broker',
    adapter: broker.id,
    capabilities: { ...broker.capabilities },
    interfaces: { sync: isSyncBroker(broker), wakes: isWakeable(broker) },
  }
}
