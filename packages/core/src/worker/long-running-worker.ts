import { isWakeable } from '../queue/broker.ts'
import type { Queue } from '../queue/queue.ts'
import type { QueueDispatcher } from '../queue/queue-dispatcher.ts'
import type { HeartbeatAnswer } from '../task-log/claimable-task-log-broker.ts'
import { publish } from '../telemetry/channels.ts'
import type { CancelTimer, Clock } from '../time/clock.ts'
import { type Duration, durationMs } from '../time/duration.ts'
import { checkInteger } from '../validation/numbers.ts'
import { BlockSize } from './block-size.ts'
import type { ClaimedDelivery } from './claim-deliveries.ts'
import { Reconciler } from './reconciler.ts'
import { Sweeper } from './sweeper.ts'
import { type RunListener, type TaskRun, TaskRunner, type TaskRunnerOptions } from './task-runner.ts'

/** Options of a {@link LongRunningWorker}. */
export interface LongRunningWorkerOptions extends TaskRunnerOptions {
  /** How many tasks run at once. Default 10. */
  readonly concurrency?: number
  /** Only these queues. Default: all of the dispatcher's. */
  readonly queues?: readonly string[]
  /** Stop after this many tasks. Default: no limit. */
  readonly limit?: number
  /** Stop when nothing is ready and nothing runs. Default false. */
  readonly drain?: boolean
  /** How long running tasks may take to end once the worker is to stop; then their signals are aborted. Default 30 s. */
  readonly grace?: Duration
  /** The most tasks claimed at once; fewer where 100 ms of work are fewer. Default 500. */
  readonly prefetch?: number
  /** How often it looks for tasks of dead workers and for due ones, in milliseconds. Default 1 s. */
  readonly sweepMs?: number
  /** Told of every task that was run. */
  readonly onTask?: (run: TaskRun) => void
  /** Facts about the worker for people, for example host and process id. */
  readonly info?: Readonly<Record<string, unknown>>
}

/** Where a worker is in its life. */
export type WorkerPhase = 'new' | 'running' | 'paused' | 'stopping' | 'stopped'

/** What a worker has done. */
export interface WorkerSummary {
  /** Tasks it ran. */
  readonly tasks: number
  /** Of those, how many now stand in each status. */
  readonly byStatus: Readonly<Record<string, number>>
  /** Outcomes that were refused, because another worker had the task by then. */
  readonly lost: number
}

/** No more outcomes than this wait for the store before new tasks wait too. */
const MOST_UNSETTLED = 2_000
/** How long to wait after the store could not be reached. */
const FAULT_WAIT_MS = 500

/** Runs tasks until it is told to stop. */
export class LongRunningWorker {
  readonly #dispatcher: QueueDispatcher
  readonly #queues: readonly Queue[]
  readonly #runner: TaskRunner
  readonly #sweeper: Sweeper
  readonly #reconciler: Reconciler
  readonly #clock: Clock
  readonly #concurrency: number
  readonly #graceMs: number
  readonly #drain: boolean
  readonly #onTask: (run: TaskRun) => void
  readonly #block: BlockSize
  readonly #prefetch: number
  readonly #byStatus: Record<string, number> = {}
  readonly #listener: RunListener = {
    ended: () => this.#ended(),
    settled: (run) => this.#settled(run),
    failed: (error) => this.#failed(error),
  }
  #state: WorkerPhase = 'new'
  #started = false
  #buffer: ClaimedDelivery[] = []
  #remaining: number
  #active = 0
  /** Runs, and tasks given back, whose outcome is not in the log yet. */
  #unsettled = 0
  #isStarting = false
  #fetching = false
  #woken = false
  #cancelWait: CancelTimer | null = null
  #tasks = 0
  #lost = 0
  #finish: () => void = () => {}

  /** @throws InvalidInputError; NotFoundError for a queue that is not there; NotSupportedError when the log is not claimable */
  constructor(dispatcher: QueueDispatcher, options: LongRunningWorkerOptions = {}) {
    const { queues, drain = false, onTask = () => {}, sweepMs = 1_000 } = options
    this.#dispatcher = dispatcher
    this.#clock = dispatcher.clock
    this.#queues =
      queues === undefined ? dispatcher.getQueues() : queues.map((name) => dispatcher.getQueue(name))
    this.#concurrency = checkInteger(options.concurrency ?? 10, 'concurrency', 1, 10_000)
    this.#prefetch = checkInteger(options.prefetch ?? 500, 'prefetch', 1, 10_000)
    this.#remaining =
      options.limit === undefined
        ? Number.POSITIVE_INFINITY
        : checkInteger(options.limit, 'limit', 1, 2 ** 53 - 1)
    this.#graceMs = durationMs(options.grace ?? '30s', 'grace')
    this.#drain = drain
    this.#onTask = onTask
    this.#block = new BlockSize(this.#prefetch, this.#clock.monotonic())
    this.#runner = new TaskRunner(dispatcher, {
      ...options,
      info: { queues: this.#queues.map(({ name }) => name), concurrency: this.#concurrency, ...options.info },
      onAnswer: (answer) => this.#onAnswer(answer),
    })
    const { log, heart, worker } = this.#runner
    const wake = (): void => this.#wake()
    this.#reconciler = new Reconciler({ dispatcher, queues: this.#queues, worker })
    this.#sweeper = new Sweeper({
      log,
      clock: this.#clock,
      random: dispatcher.random,
      heart,
      worker,
      sweepMs,
      onReady: wake,
      onRecovered: (tasks) => {
        for (const { queue, id, status } of tasks)
          if (status === 'enqueued') dispatcher.pushAgain(queue, id, 0)
      },
    })
  }

  /** The worker's id in the log. */
  get worker(): string {
    return this.#runner.worker
  }

  /** Where it is in its life. */
  get state(): WorkerPhase {
    return this.#state
  }

  /** How many tasks are running. */
  get running(): number {
    return this.#runner.running
  }

  /**
   * Runs until stopped, drained or at its limit; resolves when every task is settled and the worker has left.
   * @throws StoreError when the log cannot be reached at the start; later faults are waited out
   */
  async run(): Promise<WorkerSummary> {
    if (this.#started) throw new TypeError('A worker runs once; create a new one.')
    this.#started = true
    await this.#runner.heart.start()
    if (this.#state === 'new') this.#state = 'running'
    const finished = new Promise<void>((resolve) => {
      this.#finish = resolve
    })
    const unsubscribe = this.#queues.map(({ broker, name }) =>
      isWakeable(broker) ? broker.onWake(name, () => this.#wake()) : () => {},
    )
    this.#sweeper.start()
    this.#reconciler.start()
    this.#pump()
    try {
      await finished
    } finally {
      for (const end of unsubscribe) end()
      this.#sweeper.stop()
      this.#reconciler.stop()
      this.#cancelWait?.()
      await this.#runner.heart.stop()
      await this.#runner.log.retire(this.worker).catch((error: unknown) => this.#fault('retire', error))
      this.#state = 'stopped'
    }
    return { tasks: this.#tasks, byStatus: this.#byStatus, lost: this.#lost }
  }

  /**
   * Takes no more tasks and gives back, uncounted, those it has not started. Running ones may end within the grace; then
   * their signals are aborted. {@link LongRunningWorker.run} resolves when all is done.
   */
  stop(): void {
    if (this.#state === 'stopping' || this.#state === 'stopped') return
    this.#state = 'stopping'
    this.#giveBackBuffer()
    const cancel = this.#clock.setTimer(() => this.abort(), this.#graceMs)
    const finish = this.#finish
    this.#finish = () => {
      cancel()
      finish()
    }
    this.#finishIfDone()
  }

  /** Stops without the grace: aborts the signals of running tasks and gives their leases back. */
  abort(): void {
    this.stop()
    this.#runner.abort('shutdown')
    this.#runner.settler.giveUp()
  }

  /** Takes no more tasks until resumed; gives back those it has not started. Running ones go on. */
  pause(): void {
    if (this.#state !== 'running') return
    this.#state = 'paused'
    this.#giveBackBuffer()
  }

  /** Takes tasks again. */
  resume(): void {
    if (this.#state !== 'paused') return
    this.#state = 'running'
    this.#wake()
  }

  #pump(): void {
    if (this.#state !== 'running') this.#finishIfDone()
    else if (this.#runner.heart.isTrusted) this.#startAndFetch()
    else this.#renewLease()
  }

  #startAndFetch(): void {
    this.#startBuffered()
    const free = this.#concurrency - this.#active
    const wanted = Math.min(
      free + 2 * this.#block.value - this.#buffer.length,
      this.#prefetch,
      this.#remaining,
    )
    if (!this.#fetching && this.#cancelWait === null && wanted >= Math.max(1, this.#block.value))
      void this.#fetch(wanted)
    this.#finishIfDone()
  }

  /** A task that ends at once comes back here while it is being started; the loop goes on with the next one. */
  #startBuffered(): void {
    if (this.#isStarting) return
    this.#isStarting = true
    try {
      while (this.#canStart()) {
        this.#active += 1
        this.#unsettled += 1
        this.#runner.run(this.#buffer.shift() as ClaimedDelivery, this.#listener)
      }
    } finally {
      this.#isStarting = false
    }
  }

  #canStart(): boolean {
    return (
      this.#buffer.length > 0 &&
      this.#active < this.#concurrency &&
      this.#unsettled - this.#active < MOST_UNSETTLED &&
      this.#state === 'running' &&
      this.#runner.heart.isTrusted
    )
  }

  /** Nothing may be started on a lease that may have run out. */
  #renewLease(): void {
    this.#runner.heart.beatNow().then(
      () => this.#pump(),
      () => this.#wait(FAULT_WAIT_MS),
    )
  }

  async #fetch(wanted: number): Promise<void> {
    this.#fetching = true
    this.#woken = false
    try {
      const deliveries = await this.#runner.dequeue(wanted, this.#queues)
      const claimed = await this.#runner.claim(deliveries)
      this.#remaining -= claimed.length
      this.#buffer.push(...claimed)
      if (this.#state !== 'running') this.#giveBackBuffer()
      if (deliveries.length === 0) await this.#idle()
    } catch (error) {
      this.#fault('dequeue', error)
      this.#wait(FAULT_WAIT_MS)
    }
    this.#fetching = false
    this.#pump()
  }

  async #idle(): Promise<void> {
    this.#block.resume(this.#clock.monotonic())
    if (this.#woken || this.#state !== 'running') return
    if (this.#drain && this.#buffer.length === 0 && this.#unsettled === 0) {
      await this.#sweeper.sweep()
      if (!this.#woken) this.#state = 'stopping'
      return
    }
    this.#wait(this.#dispatcher.selector.waitMs)
  }

  #wait(ms: number): void {
    this.#cancelWait ??= this.#clock.setTimer(() => this.#endWait(), ms)
  }

  #endWait(): void {
    this.#cancelWait?.()
    this.#cancelWait = null
    this.#pump()
  }

  #wake(): void {
    this.#woken = true
    if (this.#cancelWait !== null) this.#endWait()
    else if (!this.#fetching) this.#pump()
  }

  #ended(): void {
    this.#active -= 1
    this.#block.ended(this.#clock.monotonic())
    this.#pump()
  }

  #failed(error: unknown): void {
    this.#fault('settle', error)
    this.#unsettled -= 1
    this.#pump()
  }

  #settled(run: TaskRun): void {
    this.#unsettled -= 1
    this.#tasks += 1
    if (!run.accepted) this.#lost += 1
    else this.#byStatus[run.status ?? 'unknown'] = (this.#byStatus[run.status ?? 'unknown'] ?? 0) + 1
    this.#onTask(run)
    if (this.#drain && this.#active === 0) this.#endWait()
    else this.#pump()
  }

  #giveBackBuffer(): void {
    const unstarted = this.#buffer
    this.#buffer = []
    this.#remaining += unstarted.length
    for (const claimed of unstarted) this.#giveBack(claimed)
  }

  #giveBack(claimed: ClaimedDelivery): void {
    this.#unsettled += 1
    const isBack = (): void => {
      this.#unsettled -= 1
      this.#finishIfDone()
    }
    this.#runner.giveBack(claimed, {
      settled: isBack,
      failed: (error) => {
        this.#fault('give back', error)
        isBack()
      },
    })
  }

  /** What waits in memory is looked through first: it may be gone, or somebody may have cancelled it. */
  #onAnswer({ expired, cancelRequested }: HeartbeatAnswer): void {
    if (expired) this.#giveBackBuffer()
    if (cancelRequested.length === 0) return
    const cancelled = new Set(cancelRequested)
    const given = this.#buffer.filter(({ claim }) => cancelled.has(claim.id))
    this.#buffer = this.#buffer.filter(({ claim }) => !cancelled.has(claim.id))
    for (const claimed of given) this.#giveBack(claimed)
  }

  #finishIfDone(): void {
    if (this.#state === 'running' && this.#remaining === 0 && this.#buffer.length === 0)
      this.#state = 'stopping'
    const idle = this.#unsettled === 0 && !this.#fetching && this.#buffer.length === 0
    if (this.#state === 'stopping' && idle) this.#finish()
  }

  #fault(during: string, error: unknown): void {
    publish('waybill:worker:fault', () => ({ worker: this.worker, during, error }))
  }
}
