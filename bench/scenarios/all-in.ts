import type { Window } from '../actor/meter.ts'
import { lend, Pair, type Scenario } from '../bench.ts'

const COUNT = 100_000
const WARM_UP = 20_000

/** What one task costs in memory from the call that enqueues it until it is settled, both in one process. */
export const allIn: Scenario = {
  name: 'all-in',
  about: 'memory broker and memory log: enqueue, run and settle in one process, time per task',
  async run(bench) {
    for (const log of bench.logs(['memory'])) {
      await bench.interleave(bench.entrantsOn(log), async (entrant) => {
        const sizes = { warmup: bench.size(WARM_UP), count: bench.size(COUNT) }
        const timeOf = async (perCall: number): Promise<number> => {
          return lend(Pair.create(bench, entrant), async (pair) => {
            return microseconds(await pair.worker.ask('throughput', { ...sizes, perCall }))
          })
        }
        return { allInBulk: await timeOf(1_000), allInSingly: await timeOf(16) }
      })
    }
  },
}

function microseconds({ ms, count }: Window): number {
  return (ms * 1_000) / count
}
