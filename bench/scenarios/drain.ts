import { type Bench, lend, Pair, type Scenario } from '../bench.ts'
import type { Entrant } from '../entrants.ts'
import { perSecond } from './enqueue.ts'

/** Not counted: the worker's code is compiled while they run, and its blocks grow to their size. */
export const WARM_UP = 5_000
/** Not counted: when the last tasks are claimed, blocks are no longer full. */
export const TAIL = 2_000

/** A worker in a process of its own, with so many tasks waiting. */
export const drain: Scenario = {
  name: 'drain',
  about: '20,000 waiting (100,000 on SQLite and in memory), one worker process; and its cpu per task',
  async run(bench) {
    for (const log of bench.logs()) {
      await bench.interleave(bench.entrantsOn(log), async (entrant) => {
        return lend(Pair.create(bench, entrant), async (pair) => {
          const count = drainCount(bench, entrant)
          await pair.producer.ask('fill', { count: WARM_UP + count + TAIL })
          await bench.services.settle(entrant.service)
          const window = await pair.worker.ask('drain', { warmup: WARM_UP, count })
          return { drain: perSecond(window), cpu: window.cpuUs / window.count }
        })
      })
    }
  },
}

/** How many tasks are counted. */
export function drainCount(bench: Bench, { log, service }: Entrant): number {
  return bench.size(service === 'none' || log === 'memory' ? 100_000 : 20_000)
}
