import { createDurableBroker } from '@waybill/broker-durable'
import {
  createToken,
  defineTask,
  LongRunningWorker,
  Queue,
  QueueDispatcher,
  Report,
  type TaskDefinition,
  TaskLogFilter,
} from '@waybill/core'
import type { CommandContext } from '../../command/command-context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { writeDetails } from '../../output/details.ts'
import { formatCount } from '../../output/moments.ts'
import { Progress } from '../../output/progress.ts'

/** Options of `waybill bench`. */
export interface BenchOptions {
  readonly tasks: number | undefined
  readonly concurrency: number | undefined
}

/** What was measured. */
interface Figures {
  readonly enqueueOneMs: readonly number[]
  readonly enqueuedPerSecond: number
  readonly ranPerSecond: number
  readonly roundTripMs: readonly number[]
}

/** Enqueued at once; more would only wait in memory. */
const CHUNK = 500
/** Measured one by one. */
const SAMPLES = 50

/** Enqueues tasks that do nothing, runs them, and says how long that took. */
export async function run(context: CommandContext, options: BenchOptions): Promise<ExitCode> {
  const { tasks = 2_000, concurrency = 10 } = options
  const taskLog = await context.taskLog()
  const name = `waybill-bench-${createToken().slice(0, 8)}`
  const queue = new Queue(name, createDurableBroker(await context.claimableBroker()))
  const task = defineTask<object>({ name: 'waybill.bench', run: () => Report.success('done') })
  const dispatcher = new QueueDispatcher({ queues: [queue], taskLog, tasks: [task] })
  try {
    const figures = await measure(context, new Bench(dispatcher, task, concurrency, context.signal), tasks)
    await tell(context, figures, { tasks, concurrency, log: taskLog.broker.id })
  } finally {
    const ours = new TaskLogFilter().eq('queue', name)
    await taskLog.cancelAll(ours.eq('status', 'enqueued'))
    await taskLog.deleteAll(ours)
  }
  return EXIT.done
}

async function measure({ output }: CommandContext, bench: Bench, tasks: number): Promise<Figures> {
  const progress = new Progress(output, { label: 'Measuring', total: tasks * 2 })
  try {
    const enqueueOneMs = await bench.enqueueOneByOne(SAMPLES)
    await bench.drain(() => {})
    const enqueueMs = await bench.enqueueMany(tasks, (done) => progress.show(done))
    const drainMs = await bench.drain((done) => progress.show(tasks + done))
    const roundTripMs = await bench.roundTrips(SAMPLES)
    return {
      enqueueOneMs,
      enqueuedPerSecond: Math.round((tasks / enqueueMs) * 1_000),
      ranPerSecond: Math.round((tasks / drainMs) * 1_000),
      roundTripMs,
    }
  } finally {
    progress.end()
  }
}

/** The load. */
class Bench {
  readonly #dispatcher: QueueDispatcher
  readonly #task: TaskDefinition<object, object>
  readonly #concurrency: number
  readonly #signal: AbortSignal

  constructor(
    dispatcher: QueueDispatcher,
    task: TaskDefinition<object, object>,
    concurrency: number,
    signal: AbortSignal,
  ) {
    this.#dispatcher = dispatcher
    this.#task = task
    this.#concurrency = concurrency
    this.#signal = signal
  }

  /** How long each of some enqueues took, one after the other. */
  async enqueueOneByOne(count: number): Promise<readonly number[]> {
    const times: number[] = []
    for (let at = 0; at < count; at += 1) {
      this.#signal.throwIfAborted()
      times.push(await timed(() => this.#dispatcher.enqueue(this.#task, {})))
    }
    return times
  }

  /** How long many enqueues took, as they come in together. */
  async enqueueMany(count: number, onProgress: (done: number) => void): Promise<number> {
    return await timed(async () => {
      for (let at = 0; at < count; at += CHUNK) {
        this.#signal.throwIfAborted()
        const size = Math.min(CHUNK, count - at)
        await Promise.all(Array.from({ length: size }, () => this.#dispatcher.enqueue(this.#task, {})))
        onProgress(at + size)
      }
    })
  }

  /** How long it took until all was run. */
  async drain(onProgress: (done: number) => void): Promise<number> {
    let done = 0
    const worker = this.#worker(true, () => {
      done += 1
      onProgress(done)
    })
    return await timed(() => worker.run())
  }

  /** From an enqueue to the recorded end, a worker waiting for it. */
  async roundTrips(count: number): Promise<readonly number[]> {
    let ended: (id: string) => void = () => {}
    const worker = this.#worker(false, (id) => ended(id))
    const running = worker.run()
    const times: number[] = []
    try {
      for (let at = 0; at < count && !this.#signal.aborted; at += 1) {
        const end = new Promise<string>((resolve) => {
          ended = resolve
        })
        times.push(
          await timed(async () => {
            await this.#dispatcher.enqueue(this.#task, {})
            await Promise.race([end, running])
          }),
        )
      }
    } finally {
      worker.stop()
      await running
    }
    this.#signal.throwIfAborted()
    return times
  }

  #worker(drain: boolean, onTask: (id: string) => void): LongRunningWorker {
    const worker = new LongRunningWorker(this.#dispatcher, {
      concurrency: this.#concurrency,
      drain,
      onTask: ({ id }) => onTask(id),
    })
    this.#signal.addEventListener('abort', () => worker.stop(), { once: true })
    return worker
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

async function tell(
  { output, options }: CommandContext,
  figures: Figures,
  facts: { readonly tasks: number; readonly concurrency: number; readonly log: string },
): Promise<void> {
  const { enqueuedPerSecond, ranPerSecond } = figures
  const enqueueMs = { p50: percentile(figures.enqueueOneMs, 50), p95: percentile(figures.enqueueOneMs, 95) }
  const roundTripMs = { p50: percentile(figures.roundTripMs, 50), p95: percentile(figures.roundTripMs, 95) }
  if (options.json) {
    await output.json({ ...facts, enqueueMs, enqueuedPerSecond, ranPerSecond, roundTripMs })
    return
  }
  await writeDetails(output, [
    ['task log', facts.log],
    ['tasks', `${formatCount(facts.tasks)}, ${facts.concurrency} at once`],
    ['one enqueue', `${enqueueMs.p50} ms, 95 % within ${enqueueMs.p95} ms`],
    ['many enqueues', `${formatCount(enqueuedPerSecond)} a second`],
    ['running', `${formatCount(ranPerSecond)} tasks a second`],
    ['enqueue to end', `${roundTripMs.p50} ms, 95 % within ${roundTripMs.p95} ms`],
  ])
}

function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))
  return Math.round((sorted[at] ?? 0) * 100) / 100
}
