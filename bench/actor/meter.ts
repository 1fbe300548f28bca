/** What some tasks took. */
export interface Window {
  readonly count: number
  readonly ms: number
  /** Of the whole process, its threads included, in microseconds. */
  readonly cpuUs: number
  /** The process's resident memory at the beginning and at the end, in bytes. */
  readonly memory: readonly [number, number]
}

interface Point {
  readonly count: number
  readonly ms: number
  readonly cpu: NodeJS.CpuUsage
  readonly memory: number
}

/** Counts what a worker does. */
export class Meter {
  /** When each task was started, if that is kept. */
  readonly starts: [task: number, ms: number][] = []
  count = 0
  readonly #keepsStarts: boolean
  #awaited: { readonly count: () => number; readonly wanted: number; readonly reached: () => void }[] = []

  /** @param keepsStarts of a million tasks they would take more memory than the worker */
  constructor(keepsStarts = true) {
    this.#keepsStarts = keepsStarts
  }

  /** A task was started. */
  started(task: number): void {
    if (!this.#keepsStarts) return
    this.starts.push([task, Number(process.hrtime.bigint()) / 1e6])
    if (this.#awaited.length > 0) this.#look()
  }

  /** So many more tasks are done. */
  settled(count: number): void {
    this.count += count
    if (this.#awaited.length > 0) this.#look()
  }

  /** What so many tasks take, counted from when so many are done. */
  async window({ from, count }: { from: number; count: number }): Promise<Window> {
    await this.#until(() => this.count, from)
    const first = this.#point()
    await this.#until(() => this.count, first.count + count)
    const last = this.#point()
    const cpu = process.cpuUsage(first.cpu)
    return {
      count: last.count - first.count,
      ms: last.ms - first.ms,
      cpuUs: cpu.user + cpu.system,
      memory: [first.memory, last.memory],
    }
  }

  /** Resolves when so many tasks have been started. */
  async untilStarted(count: number): Promise<void> {
    await this.#until(() => this.starts.length, count)
  }

  #point(): Point {
    return {
      count: this.count,
      ms: Number(process.hrtime.bigint()) / 1e6,
      cpu: process.cpuUsage(),
      memory: process.memoryUsage.rss(),
    }
  }

  #until(count: () => number, wanted: number): Promise<void> {
    return new Promise((reached) => {
      this.#awaited.push({ count, wanted, reached })
      this.#look()
    })
  }

  #look(): void {
    const open = this.#awaited.filter(({ count, wanted }) => count() < wanted)
    if (open.length === this.#awaited.length) return
    const reached = this.#awaited.filter((each) => !open.includes(each))
    this.#awaited = open
    for (const each of reached) each.reached()
  }
}
