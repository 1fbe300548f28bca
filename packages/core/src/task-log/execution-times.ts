import { pagesById } from './pages.ts'
import type { TaskLogBroker } from './task-log-broker.ts'
import { TaskLogFilter } from './task-log-filter.ts'

/**
 * How long the last attempt of each task took, in seconds, by task id: of those that ended at or after `from` and
 * before `to`. Tasks that never began are left out.
 *
 * @throws InvalidInputError when one is no Date
 */
export async function executionTimes(
  broker: TaskLogBroker,
  from: Date,
  to: Date,
): Promise<Map<string, number>> {
  const filter = new TaskLogFilter().gte('finishedAt', from).lt('finishedAt', to).neq('startedAt', null)
  const times = new Map<string, number>()
  for await (const records of pagesById(broker, filter.where, 'ascending')) {
    for (const { id, startedAt, finishedAt } of records) {
      if (startedAt !== null && finishedAt !== null) times.set(id, (finishedAt - startedAt) / 1_000)
    }
  }
  return times
}
