import { createMemoryBroker } from '@waybill/broker-memory'
import { brokerConformance } from '../src/index.ts'

brokerConformance(
  {
    name: 'memory',
    create: async () => ({ broker: createMemoryBroker(), wakeWithinMs: 20 }),
  },
  { sheet: '../../broker-memory/guarantees.json' },
)

brokerConformance({
  name: 'memory, sync',
  create: async () => ({ broker: createMemoryBroker({ sync: true }), wakeWithinMs: 20 }),
})
