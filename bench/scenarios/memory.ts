import { lend, Pair, type Scenario } from '../bench.ts'
import { waybill } from '../entrants.ts'
import { createState } from '../states/large-state.ts'
import { TAIL } from './drain.ts'

const TASKS = 1_000_000
/** By then the heap has grown to the size it needs for the work at hand. */
const WARM_UP = 50_000

/** Whether a worker that has run a million tasks is larger than one that has begun. */
export const memory: Scenario = {
  name: 'memory',
  about: 'drain 1,000,000 tasks: how much the worker process grows',
  async run(bench) {
    for (const log of bench.logs(['sqlite', 'postgres', 'mysql'])) {
      await bench.interleave([waybill(log)], async (entrant) => {
        const storage = await bench.services.storageOf(entrant, 'memory_')
        const state = await createState(storage)
        await state.add('waiting', bench.size(WARM_UP + TASKS) + TAIL)
        await state.close()
        return lend(new Pair(entrant, storage), async (pair) => {
          const sizes = { warmup: bench.size(WARM_UP), count: bench.size(TASKS) }
          const [before, after] = (await pair.worker.ask('drain', sizes)).memory
          return { memoryGrowth: (after - before) / 1e6 }
        })
      })
    }
  },
}
