import { Actor } from '../actor/actor.ts'
import { lend, Pair, type Scenario } from '../bench.ts'
import { waybill } from '../entrants.ts'

const HELD = 10

/** A worker is killed while it holds tasks. */
export const recovery: Scenario = {
  name: 'recovery',
  about: 'SIGKILL a worker that holds 10 tasks: time until another has started the last of them',
  async run(bench) {
    for (const log of bench.logs(['sqlite', 'postgres', 'mysql'])) {
      await bench.interleave([waybill(log)], async (entrant) => {
        const storage = await bench.services.storageOf(entrant)
        const victim = new Actor(entrant.module, storage)
        await victim.ask('create')
        return lend(new Pair(entrant, storage), async (pair) => {
          await victim.ask('work', { hold: true })
          await pair.producer.ask('fill', { count: HELD })
          await victim.ask('untilStarted', { count: HELD })
          await pair.worker.ask('work', {})
          await victim.kill()
          const killed = Number(process.hrtime.bigint()) / 1e6
          const starts = await pair.worker.ask('untilStarted', { count: HELD })
          return { recovery: Math.max(...starts.map(([, ms]) => ms)) - killed }
        })
      })
    }
  },
}
