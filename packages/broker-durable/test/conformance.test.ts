import { brokerConformance } from '@waybill/conformance'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'
import { createDurableBroker } from '../src/index.ts'

brokerConformance({
  name: 'durable over memory',
  async create() {
    const log = createMemoryTaskLog()
    return { broker: createDurableBroker(log), log, dispose: async () => log.close() }
  },
})
