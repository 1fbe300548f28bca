import type { Instants } from '../actor/commands.ts'
import { lend, Pair, type Scenario } from '../bench.ts'
import type { LogName } from '../entrants.ts'
import { percentile } from '../metrics.ts'

const TASKS = 300
const EVERY_MS = 20
/** Not counted: both processes warm up. */
const WARM_UP = 50

/** From the call that enqueues to the first line of the handler, with an idle worker. */
export const latency: Scenario = {
  name: 'latency',
  about: 'idle worker, one task every 20 ms: from the enqueue call to the first line of the handler',
  async run(bench) {
    for (const log of bench.logs()) {
      for (const inOneProcess of placesOf(log)) {
        const [p50, p99] = inOneProcess
          ? (['latencyHereP50', 'latencyHereP99'] as const)
          : (['latencyP50', 'latencyP99'] as const)
        const entrants = bench.entrantsOn(log).filter(({ kind }) => kind !== 'floor')
        await bench.interleave(entrants, async (entrant) => {
          return lend(Pair.create(bench, entrant, inOneProcess), async (pair) => {
            await pair.worker.ask('work', {})
            const calls = await pair.producer.ask('trickle', {
              count: WARM_UP + bench.size(TASKS),
              everyMs: EVERY_MS,
            })
            await pair.worker.ask('untilStarted', { count: calls.length })
            const waits = waitsOf(calls.slice(WARM_UP), await pair.worker.ask('stop'))
            return { [p50]: percentile(waits, 0.5), [p99]: percentile(waits, 0.99) }
          })
        })
      }
    }
  },
}

/** In one process where that is how it is used. */
function placesOf(log: LogName): boolean[] {
  if (log === 'memory') return [true]
  return log === 'sqlite' ? [true, false] : [false]
}

function waitsOf(calls: Instants, starts: Instants): number[] {
  const began = new Map(starts)
  return calls.map(([task, called]) => (began.get(task) ?? Number.NaN) - called)
}
