import { type Duration, durationMs, type TaskLog, TaskLogFilter } from '@waybill/core'
import { toPattern } from '../../filter/parse-condition.ts'

/** Which tasks are taken for stuck. */
export interface StuckOptions {
  readonly queue: readonly string[] | undefined
  readonly age: Duration | undefined
  readonly name: readonly string[] | undefined
}

const DEFAULT_AGE = '1h'

/**
 * Tasks that are ready or held, and have not changed for so long; with no age at all, before now. Not those that wait for
 * their time, a slot or their children.
 */
export async function stuckTasks(log: TaskLog, options: StuckOptions): Promise<TaskLogFilter> {
  const { queue, name, age = DEFAULT_AGE } = options
  const before = Math.max(0, (await log.broker.now()) - durationMs(age, '--age'))
  let filter = new TaskLogFilter()
    .in('status', ['enqueued', 'dequeued', 'running'])
    .eq('hold', null)
    .lt('updatedAt', before)
    .sortBy('updatedAt')
  if (queue !== undefined) filter = filter.in('queue', queue)
  if (name !== undefined) {
    filter = filter.and(
      TaskLogFilter.anyOf(...name.map((each) => new TaskLogFilter().like('taskName', toPattern(each)))),
    )
  }
  return filter
}
