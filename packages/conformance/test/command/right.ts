import { createMemoryBroker } from '@waybill/broker-memory'
import type { BrokerInitializer } from '../../src/index.ts'

export { memory as taskLog } from '../memory.ts'

export const broker: BrokerInitializer = {
  name: 'memory',
  create: async () => ({ broker: createMemoryBroker(), wakeWithinMs: 20 }),
}
