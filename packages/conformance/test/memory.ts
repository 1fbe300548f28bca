import { createMemoryTaskLog } from '@waybill/tasklog-memory'
import type { TaskLogInitializer } from '../src/index.ts'

/** The reference implementation, under a clock of the suite's. */
export const memory: TaskLogInitializer = {
  name: 'memory',
  async create() {
    let now = Date.now()
    const log = createMemoryTaskLog({
      clock: { now: () => now, monotonic: () => now, setTimer: () => () => undefined },
    })
    return {
      log,
      open: async () => log,
      wakeWithinMs: 20,
      advanceTime: (ms) => {
        now += ms
      },
    }
  },
}
