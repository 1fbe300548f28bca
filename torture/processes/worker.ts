import { setTimeout as sleep } from 'node:timers/promises'
import { createDurableBroker } from '@waybill/broker-durable'
import {
  type AroundRun,
  LongRunningWorker,
  Queue,
  QueueDispatcher,
  type TaskSelector,
  WeightStrategy,
} from '@waybill/core'
import { moment } from '../evidence/moment.ts'
import { JobTasks } from '../work/job-tasks.ts'
import type { Desk } from './desk.ts'
import { ORDERED_QUEUE, QUEUES, type WorkerSetting } from './orders.ts'
import { SELF } from './self.ts'

/** How often the picks of the selector are written down. */
const PICKS_MS = 1_000

/** Runs tasks until it is told to stop. */
export async function work(desk: Desk, setting: WorkerSetting): Promise<void> {
  const { name, timing, concurrency, prefetch, queues, drain } = setting
  const tasks = new JobTasks({
    work: async (ms, signal) => sleep(ms, undefined, signal === null ? {} : { signal }),
    crash: async () => {
      SELF.kill()
      return await new Promise(() => {})
    },
  })
  const broker = createDurableBroker(desk.log)
  const selector = new CountingSelector()
  const dispatcher = new QueueDispatcher({
    queues: [
      ...QUEUES.map((queue) => new Queue(queue.name, broker, queue)),
      new Queue(ORDERED_QUEUE, broker),
    ],
    taskLog: desk.log,
    tasks: tasks.all,
    selector,
  })
  const worker = new LongRunningWorker(dispatcher, {
    ...timing,
    worker: name,
    concurrency,
    prefetch,
    drain,
    grace: '2s',
    abandonMs: 500,
    queues: queues ?? QUEUES.map((queue) => queue.name),
    around: [ledger(desk, name)],
    info: { pid: process.pid },
  })
  desk.onStop = () => worker.stop()
  const running = worker.run()
  while (worker.state === 'new') await sleep(10)
  desk.ready()
  const counting = setInterval(() => {
    for (const pick of selector.takeCounts()) desk.write({ kind: 'pick', ...pick })
  }, PICKS_MS)
  desk.measure('before')
  await running
  clearInterval(counting)
  await desk.close()
  desk.measure('after')
}

/** Writes every run down outside the database, so that it cannot hide one. */
function ledger(desk: Desk, worker: string): AroundRun {
  let runs = 0
  return async ({ id, attempt }, next) => {
    await desk.failpoints.reach('run.before')
    runs += 1
    const number = runs
    desk.ledger({ kind: 'run', worker, number, id, attempt, at: moment() })
    try {
      return await next()
    } finally {
      desk.ledger({ kind: 'ran', worker, number, at: moment() })
      await desk.failpoints.reach('run.after')
    }
  }
}

/** Picks by weight, and counts which queue it asks first. */
class CountingSelector implements TaskSelector {
  readonly #strategy = new WeightStrategy()
  #counts = new Map<string, { readonly queue: string; readonly weight: number; count: number }>()

  get waitMs(): number {
    return this.#strategy.waitMs
  }

  order(queues: readonly Queue[]): readonly Queue[] {
    const order = this.#strategy.order(queues)
    const [first] = order
    if (first !== undefined && queues.length === QUEUES.length) {
      const { name: queue, weight } = first
      const counted = this.#counts.get(queue) ?? { queue, weight, count: 0 }
      counted.count += 1
      this.#counts.set(queue, counted)
    }
    return order
  }

  /** The counts since they were taken last. */
  takeCounts() {
    const counts = [...this.#counts.values()]
    this.#counts = new Map()
    return counts
  }
}
