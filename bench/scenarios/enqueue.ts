import type { Pace } from '../actor/commands.ts'
import { type Bench, lend, Pair, type Scenario } from '../bench.ts'

const MEASURE_MS = 3_000
const WARM_UP_MS = 500
/** Code is compiled after so many calls, however long they take. */
const WARM_UP = 20_000
const CALLERS = 16

/** One task with each call, 16 callers in flight. */
export const enqueue1: Scenario = {
  name: 'enqueue1',
  about: 'one task per call, 16 callers in flight',
  async run(bench) {
    for (const log of bench.logs()) {
      await bench.interleave(bench.entrantsOn(log), async (entrant) => {
        return lend(Pair.create(bench, entrant), async (pair) => {
          await pair.producer.ask('fill', { count: bench.size(WARM_UP) })
          await pair.producer.ask('enqueueFor', { ms: bench.size(WARM_UP_MS), callers: CALLERS })
          await bench.services.settle(entrant.service)
          return {
            enqueue1: perSecond(
              await pair.producer.ask('enqueueFor', { ms: measureMs(bench), callers: CALLERS }),
            ),
          }
        })
      })
    }
  },
}

/** A thousand tasks with each call. */
export const bulk: Scenario = {
  name: 'bulk',
  about: '1,000 tasks per call, one caller',
  async run(bench) {
    for (const log of bench.logs()) {
      await bench.interleave(bench.entrantsOn(log), async (entrant) => {
        return lend(Pair.create(bench, entrant), async (pair) => {
          await pair.producer.ask('fill', { count: bench.size(WARM_UP) })
          await bench.services.settle(entrant.service)
          return { bulk: perSecond(await pair.producer.ask('fillFor', { ms: measureMs(bench) })) }
        })
      })
    }
  },
}

function measureMs(bench: Bench): number {
  return bench.size(MEASURE_MS)
}

/** Tasks in a second. */
export function perSecond({ count, ms }: Pick<Pace, 'count' | 'ms'>): number {
  return (count / ms) * 1_000
}
