import type { Contender, Working } from './contender.ts'
import { Meter, type Window } from './meter.ts'

/** How long something took and how often it was done in that time. */
export interface Pace {
  readonly count: number
  readonly ms: number
}

/** Instants by task number, in milliseconds of the machine's monotonic clock, which all processes share. */
export type Instants = readonly (readonly [task: number, ms: number])[]

/** What a process of the bench can be asked to do. Arguments and answers pass between processes. */
export class Commands {
  readonly #contender: Contender
  #working: Working | null = null
  #meter: Meter = new Meter()
  #next = 0

  /** @param contender whom the commands are about */
  constructor(contender: Contender) {
    this.#contender = contender
  }

  /** Makes the storage, with nothing in it. */
  async create(): Promise<void> {
    await this.#contender.create()
  }

  /** Enqueues so many tasks, a thousand at once. */
  async fill({ count }: { count: number }): Promise<Pace> {
    const began = now()
    for (let left = count; left > 0; left -= 1_000) {
      await this.#contender.enqueueMany(this.#numbers(Math.min(left, 1_000)))
    }
    return { count, ms: now() - began }
  }

  /** For so long, enqueues a thousand tasks with each call. */
  async fillFor({ ms }: { ms: number }): Promise<Pace> {
    const began = now()
    let count = 0
    for (; now() - began < ms; count += 1_000) await this.#contender.enqueueMany(this.#numbers(1_000))
    return { count, ms: now() - began }
  }

  /** For so long, enqueues one task with each call, with so many callers at once. */
  async enqueueFor({ ms, callers }: { ms: number; callers: number }): Promise<Pace> {
    const began = now()
    let count = 0
    const caller = async (): Promise<void> => {
      while (now() - began < ms) {
        await this.#contender.enqueue(this.#number())
        count += 1
      }
    }
    await Promise.all(Array.from({ length: callers }, caller))
    return { count, ms: now() - began }
  }

  /** Enqueues a task every so often; answers when each call was made. */
  async trickle({ count, everyMs }: { count: number; everyMs: number }): Promise<Instants> {
    const calls: [number, number][] = []
    const began = now()
    for (let turn = 1; turn <= count; turn += 1) {
      const task = this.#number()
      calls.push([task, now()])
      await this.#contender.enqueue(task)
      const rest = began + turn * everyMs - now()
      if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest))
    }
    return calls
  }

  /** Starts a worker. With `hold` its tasks never end; without `keepsStarts` nobody may ask when they began. */
  async work(options: { hold?: boolean; keepsStarts?: boolean } = {}): Promise<void> {
    const { hold = false, keepsStarts = true } = options
    const meter = new Meter(keepsStarts)
    this.#meter = meter
    this.#working = await this.#contender.work({
      started: (task) => {
        meter.started(task)
        return hold ? new Promise<void>(() => {}) : undefined
      },
      settled: (count) => meter.settled(count),
    })
  }

  /** Resolves when the worker has done so many tasks more than so many; answers what that took. */
  async window(range: { from: number; count: number }): Promise<Window> {
    return await this.#meter.window(range)
  }

  /** Resolves when so many tasks have been started. */
  async untilStarted({ count }: { count: number }): Promise<Instants> {
    await this.#meter.untilStarted(count)
    return this.#meter.starts
  }

  /** Starts a worker and takes the time of so many tasks, after so many that warm it up. */
  async drain({ warmup, count }: { warmup: number; count: number }): Promise<Window> {
    await this.work({ keepsStarts: false })
    const window = await this.window({ from: warmup, count })
    await this.stop()
    return window
  }

  /** How many tasks the worker has done so far. */
  async settled(): Promise<number> {
    return this.#meter.count
  }

  /** Stops the worker; answers when it started each task. */
  async stop(): Promise<Instants> {
    await this.#working?.stop()
    this.#working = null
    return this.#meter.starts
  }

  /** Enqueues and works in one process, as much at once as asked for; the time of it all for one task. */
  async throughput(options: { warmup: number; count: number; perCall: number }): Promise<Window> {
    const { warmup, count, perCall } = options
    await this.work({ keepsStarts: false })
    const window = this.window({ from: warmup, count })
    for (let left = warmup + count + perCall; left > 0; left -= perCall) {
      const tasks = this.#numbers(perCall)
      if (perCall === 1_000) await this.#contender.enqueueMany(tasks)
      else await Promise.all(tasks.map((task) => this.#contender.enqueue(task)))
    }
    const result = await window
    await this.stop()
    return result
  }

  /** Gives everything back. */
  async close(): Promise<void> {
    await this.stop()
    await this.#contender.close()
  }

  #number(): number {
    this.#next += 1
    return this.#next
  }

  #numbers(count: number): number[] {
    return Array.from({ length: count }, () => this.#number())
  }
}

function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
