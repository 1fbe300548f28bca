import { Actor } from '../actor/actor.ts'
import type { Bench, Scenario } from '../bench.ts'
import { type Entrant, waybill } from '../entrants.ts'
import { createState } from '../states/large-state.ts'
import { TAIL } from './drain.ts'

const TASKS = 1_000_000
/** By then the heap has grown to the size it needs for the work at hand. */
const WARM_UP = 50_000

/** Keeps the young generation of V8's heap from growing to many times the blocks of tasks in it. */
const SMALL_HEAP = ['--max-semi-space-size=8']

/** Whether a worker that has run a million tasks is larger than one that has begun. */
export const memory: Scenario = {
  name: 'memory',
  about: 'drain 1,000,000 tasks: how much the worker process grows, as Node starts it and with a small heap',
  async run(bench) {
    for (const log of bench.logs(['sqlite', 'postgres', 'mysql'])) {
      await bench.interleave([waybill(log)], async (entrant) => ({
        memoryGrowth: await growthOf(bench, entrant, []),
        memoryGrowthSmall: await growthOf(bench, entrant, SMALL_HEAP),
      }))
    }
  },
}

/** Megabytes. */
async function growthOf(bench: Bench, entrant: Entrant, nodeOptions: readonly string[]): Promise<number> {
  const storage = await bench.services.storageOf(entrant, 'memory_')
  const state = await createState(storage)
  await state.add('waiting', bench.size(WARM_UP + TASKS) + TAIL)
  await state.close()
  const worker = new Actor(entrant.module, storage, nodeOptions)
  try {
    const sizes = { warmup: bench.size(WARM_UP), count: bench.size(TASKS) }
    const [before, after] = (await worker.ask('drain', sizes)).memory
    return (after - before) / 1e6
  } finally {
    await worker.end()
  }
}
