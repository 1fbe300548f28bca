import { TaskLog, TaskLogFilter } from '@waybill/core'
import type { Scenario } from '../bench.ts'
import { waybill } from '../entrants.ts'
import { percentile } from '../metrics.ts'
import { createState, OWNERS } from '../states/large-state.ts'
import { createLog } from '../waybill/logs.ts'

const ROWS = 5_000_000
const QUESTIONS = 300
const PAGE = 20

/** What a user's page asks of a table with millions of finished tasks. */
export const search: Scenario = {
  name: 'search',
  about:
    "a user's newest 20 failed tasks, and how many of theirs stand where, in 5,000,000 tasks of 2,000 users",
  async run(bench) {
    for (const log of bench.logs(['sqlite', 'postgres', 'mysql'])) {
      const storage = await bench.services.storageOf(waybill(log), 'search_')
      const state = await createState(storage)
      await state.add('finished', bench.size(ROWS))
      await state.close()
      const broker = createLog(storage)
      const taskLog = new TaskLog(broker)
      await bench.interleave([waybill(log)], async () => {
        const pages = await timesOf(async (user) => {
          const page = await taskLog.forUser(user).search(newestFailed())
          return page.length > 0
        })
        const summaries = await timesOf(
          async (user) => (await taskLog.forUser(user).getStats()).completed > 0,
        )
        return {
          pageP50: percentile(pages, 0.5),
          pageP99: percentile(pages, 0.99),
          statusP50: percentile(summaries, 0.5),
          statusP99: percentile(summaries, 0.99),
        }
      })
      await broker.close()
    }
  },
}

function newestFailed(): TaskLogFilter {
  return new TaskLogFilter().eq('status', 'failed').sortBy('createdAt', 'descending').limit(PAGE)
}

/** Each question is another user's, so that none was answered just before. It answers whether it found what is there. */
async function timesOf(ask: (user: string) => Promise<boolean>): Promise<number[]> {
  const times: number[] = []
  for (let question = 0; question < QUESTIONS; question += 1) {
    const user = `owner-${Math.floor(Math.random() * OWNERS)}`
    const began = performance.now()
    const isFound = await ask(user)
    times.push(performance.now() - began)
    if (!isFound) throw new Error(`The tasks of ${user} were not found`)
  }
  return times
}
