import { type TaskLogInitializer, taskLogConformance } from '@waybill/conformance'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'

/** Each rule gets a log of its own; a log with a store would make a fresh prefix, schema or file here. */
const initializer: TaskLogInitializer = {
  name: 'my adapter',
  async create() {
    const log = createMemoryTaskLog()
    return { log, open: async () => log, dispose: () => log.close() }
  },
}

taskLogConformance(initializer, { only: ['add', 'claim', 'settle'] })
