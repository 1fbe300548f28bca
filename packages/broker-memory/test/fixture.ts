import {
  defineTask,
  Queue,
  QueueDispatcher,
  type QueueDispatcherOptions,
  Report,
  type TaskDefinition,
} from '@waybill/core'
import { createMemoryTaskLog, type MemoryTaskLog } from '@waybill/tasklog-memory'
import { createMemoryBroker } from '../src/index.ts'

interface Sum {
  readonly left: number
  readonly right: number
}

/** Adds two numbers; a negative one is reported as an error. */
export const sum: TaskDefinition<Sum, Sum> = defineTask({
  name: 'sum',
  run: ({ left, right }: Sum) =>
    left < 0 ? Report.error('left is negative') : Report.success(`${left + right}`, { sum: left + right }),
})

export interface Fixture {
  readonly log: MemoryTaskLog
  readonly dispatcher: QueueDispatcher
}

/** A dispatcher over a memory log with one sync queue, unless told otherwise. */
export function fixture(options: Partial<QueueDispatcherOptions> = {}): Fixture {
  const log = createMemoryTaskLog()
  const queues = [new Queue('queue', createMemoryBroker({ sync: true }))]
  return { log, dispatcher: new QueueDispatcher({ queues, taskLog: log, tasks: [sum], ...options }) }
}
