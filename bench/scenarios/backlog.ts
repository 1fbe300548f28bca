import type { Storage } from '../actor/contender.ts'
import { type Bench, lend, Pair, type Scenario } from '../bench.ts'
import { type Entrant, floor, waybill } from '../entrants.ts'
import type { MetricName } from '../metrics.ts'
import { createState, type LargeState, type StateKind } from '../states/large-state.ts'
import { TAIL, WARM_UP } from './drain.ts'
import { perSecond } from './enqueue.ts'

const COUNT = 20_000
/** Dead index entries gather while a transaction is open: the rate is that of many tasks. */
const COUNT_BESIDE_TRANSACTION = 200_000

interface Beside {
  readonly metric: MetricName
  readonly prefix: string
  readonly count: number
  readonly state: readonly [StateKind, number] | null
  readonly isOpen?: boolean
}

const CASES: readonly Beside[] = [
  { metric: 'drainEmpty', prefix: 'empty_', count: COUNT, state: null },
  { metric: 'drainFinished', prefix: 'finished_', count: COUNT, state: ['finished', 5_000_000] },
  { metric: 'drainWaiting', prefix: 'waiting_', count: COUNT, state: ['waiting', 1_000_000] },
  { metric: 'drainNotDue', prefix: 'notdue_', count: COUNT, state: ['notDue', 100_000] },
  { metric: 'drainOpen', prefix: 'open_', count: COUNT_BESIDE_TRANSACTION, state: null, isOpen: true },
]

/** Drains of tables that are not empty, each beside the drain of one that is. The floor's worker meets the same tables. */
export const backlog: Scenario = {
  name: 'backlog',
  about:
    'drain with 1,000,000 waiting, 5,000,000 finished, 100,000 not due, or a transaction open for the whole run',
  async run(bench) {
    for (const log of bench.logs(['sqlite', 'postgres', 'mysql'])) {
      const base = await bench.services.storageOf(waybill(log))
      const states = new Map<Beside, LargeState>()
      for (const each of CASES) {
        const state = await createState({ ...base, prefix: each.prefix })
        states.set(each, state)
        if (each.state !== null) await state.add(each.state[0], bench.size(each.state[1]))
      }
      for (let round = 0; round < bench.options.rounds; round += 1) {
        for (const [each, state] of states) {
          for (const entrant of [waybill(log), floor(log)]) {
            await measure(bench, entrant, { ...base, prefix: each.prefix }, each, state)
          }
        }
      }
      for (const state of states.values()) await state.close()
    }
  },
}

async function measure(
  bench: Bench,
  entrant: Entrant,
  storage: Storage,
  { metric, count, state, isOpen = false }: Beside,
  table: LargeState,
): Promise<void> {
  return lend(new Pair(entrant, storage), async (pair) => {
    const counted = bench.size(count)
    const end = isOpen ? await table.openTransaction() : async () => {}
    if (state?.[0] !== 'waiting') await pair.producer.ask('fill', { count: WARM_UP + counted + TAIL })
    await bench.services.settle(entrant.service)
    bench.record(entrant, {
      [metric]: perSecond(await pair.worker.ask('drain', { warmup: WARM_UP, count: counted })),
    })
    await end()
  })
}
