import { createMemoryBroker } from '@waybill/broker-memory'
import {
  type AnyTaskDefinition,
  type Broker,
  type ClaimableTaskLogBroker,
  LongRunningWorker,
  type LongRunningWorkerOptions,
  Queue,
  QueueDispatcher,
  type QueueDispatcherOptions,
  type TaskType,
  type WorkerSummary,
} from '@waybill/core'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'
import { createDurableBroker } from '../src/index.ts'

/** The two ways a task reaches a worker: its entry is the message, or a broker carries its id. */
export const BROKERS: readonly {
  readonly name: string
  readonly create: (log: ClaimableTaskLogBroker) => Broker
}[] = [
  { name: 'the durable broker', create: createDurableBroker },
  { name: 'the memory broker', create: () => createMemoryBroker() },
]

export interface Fixture {
  readonly log: ClaimableTaskLogBroker
  readonly dispatcher: QueueDispatcher
}

/** A dispatcher with one queue over a memory log, unless told otherwise. */
export function fixture(
  tasks: readonly TaskType[],
  options: Partial<QueueDispatcherOptions> & {
    log?: ClaimableTaskLogBroker
    broker?: (log: ClaimableTaskLogBroker) => Broker
  } = {},
): Fixture {
  const { log = createMemoryTaskLog(), broker = createDurableBroker, ...rest } = options
  const queues = [new Queue('queue', broker(log))]
  return { log, dispatcher: new QueueDispatcher({ queues, taskLog: log, tasks, ...rest }) }
}

/** Runs everything that is ready. */
export async function drain(
  dispatcher: QueueDispatcher,
  options: LongRunningWorkerOptions = {},
): Promise<WorkerSummary> {
  return await new LongRunningWorker(dispatcher, { drain: true, sweepMs: 20, ...options }).run()
}

/** Resolves when the condition holds, looked at every few milliseconds; fails after twenty seconds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 20_000
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited 20 s for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** The names of definitions, for messages. */
export function names(definitions: readonly AnyTaskDefinition[]): string[] {
  return definitions.map(({ name }) => name)
}
