import { lend, Pair, type Scenario } from '../bench.ts'

const MEASURE_MS = 30_000
const CALLERS = 16

/** Enqueues and works at once, each in its own process. */
export const endToEnd: Scenario = {
  name: 'e2e',
  about: '16 callers enqueue for 30 s while a worker drains: tasks done in that time',
  async run(bench) {
    for (const log of bench.logs()) {
      const entrants = bench.entrantsOn(log).filter(({ kind }) => kind !== 'floor')
      await bench.interleave(entrants, async (entrant) => {
        return lend(Pair.create(bench, entrant), async (pair) => {
          await pair.worker.ask('work', {})
          const { ms } = await pair.producer.ask('enqueueFor', {
            ms: bench.size(MEASURE_MS),
            callers: CALLERS,
          })
          return { endToEnd: ((await pair.worker.ask('settled')) / ms) * 1_000 }
        })
      })
    }
  },
}
