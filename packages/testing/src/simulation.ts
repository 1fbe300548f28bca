import { AsyncLocalStorage } from 'node:async_hooks'
import { createDurableBroker } from '@waybill/broker-durable'
import {
  type Broker,
  type ClaimableTaskLogBroker,
  type Duration,
  durationMs,
  LongRunningWorker,
  type LongRunningWorkerOptions,
  OneTimeWorker,
  Queue,
  QueueDispatcher,
  type TaskLog,
  TaskRegistry,
  type TaskRun,
  type TaskType,
  type WorkerSummary,
} from '@waybill/core'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'
import { type Fate, gated } from './gated.ts'
import { ProcessGate } from './process-gate.ts'
import { seededRandom } from './random.ts'
import { VirtualClock } from './virtual-clock.ts'

/** Options of {@link createSimulation}. */
export interface SimulationOptions {
  /** The tasks that workers know. */
  readonly tasks: Iterable<TaskType>
  /** Queue names, the first the default one, and their weights. Default one queue named `default`. */
  readonly queues?: readonly (string | { readonly name: string; readonly weight: number })[]
  /** Carries the tasks of all processes. Default: the log does. */
  readonly broker?: Broker
  /** The clock, for those who need it before there is a simulation. Default: one that begins on 2026-01-01. */
  readonly clock?: VirtualClock
  /** What {@link Simulation.random} gives, and so whatever is decided by it: jitter, which queue is asked first. Default 1. */
  readonly seed?: number
  /** Wraps the log, for example to record what happens to it. */
  readonly wrapLog?: (log: ClaimableTaskLogBroker) => ClaimableTaskLogBroker
}

/** What can be killed, frozen and woken as a process can. */
export interface SimulatedProcess {
  /** As SIGKILL: nothing it was doing goes on. */
  kill(): void
  /** As SIGSTOP. */
  freeze(): void
  /** As SIGCONT. */
  thaw(): void
}

/** A process that runs tasks. */
export interface SimulatedWorker extends SimulatedProcess {
  /** The worker itself. */
  readonly worker: LongRunningWorker
  /** Resolves when it has stopped by itself; never once it was killed. */
  readonly finished: Promise<WorkerSummary>
}

/** A process that only enqueues. */
export interface SimulatedProducer extends SimulatedProcess {
  /** Takes its tasks. */
  readonly dispatcher: QueueDispatcher
}

function controls(gate: ProcessGate): SimulatedProcess {
  return { kill: () => gate.kill(), freeze: () => gate.freeze(), thaw: () => gate.thaw() }
}

const UNHARMED: Fate = () => ({ beforeMs: 0, refuse: null, loseReply: null, afterMs: 0 })

/** A Waybill of your own: memory log, durable broker, virtual clock. */
export function createSimulation(options: SimulationOptions): Simulation {
  return new Simulation(options)
}

/** One for all simulations: Node 22 keeps every storage that was ever used, and asks each at every promise. */
const currentProcess = new AsyncLocalStorage<{
  readonly simulation: Simulation
  readonly gate: ProcessGate
}>()

/**
 * Drives tasks without waiting: the same dispatcher, workers and log semantics as in production, over a clock that moves
 * only when told. Tasks that wait should wait by {@link Simulation.sleep}; real input and output is not waited for.
 */
export class Simulation {
  /** The clock. */
  readonly clock: VirtualClock
  /** The log, as nobody's process sees it: calls arrive at once and never fail. */
  readonly log: ClaimableTaskLogBroker
  /** Enqueues, as a process that is never harmed. */
  readonly dispatcher: QueueDispatcher
  /** A reproducible number in [0, 1). */
  readonly random: () => number
  readonly #registry: TaskRegistry
  readonly #queues: NonNullable<SimulationOptions['queues']>
  readonly #broker: Broker | undefined
  #workers = 0

  /** @param options see {@link SimulationOptions} */
  constructor({
    tasks,
    queues = ['default'],
    clock = new VirtualClock(Date.UTC(2026, 0, 1)),
    seed = 1,
    broker,
    wrapLog,
  }: SimulationOptions) {
    this.clock = clock
    const log = createMemoryTaskLog({ clock: this.clock })
    this.log = wrapLog === undefined ? log : wrapLog(log)
    this.random = seededRandom(seed)
    this.#registry = new TaskRegistry(tasks)
    this.#queues = queues
    this.#broker = broker
    this.dispatcher = this.#dispatcherOf(new ProcessGate(this.clock), UNHARMED)
  }

  /** The task log service. */
  get taskLog(): TaskLog {
    return this.dispatcher.taskLog
  }

  #dispatcherOf(gate: ProcessGate, fate: Fate): QueueDispatcher {
    const log = gated(this.log, gate, fate)
    const broker = this.#broker === undefined ? createDurableBroker(log) : gated(this.#broker, gate, fate)
    const queues = this.#queues.map((queue) =>
      typeof queue === 'string' ? new Queue(queue, broker) : new Queue(queue.name, broker, queue),
    )
    const { clock, random } = { clock: gate, random: this.random }
    return new QueueDispatcher({ queues, taskLog: log, tasks: this.#registry, clock, random })
  }

  /** Another process that only enqueues; `fate` decides what befalls its calls to the log. */
  startProducer(fate: Fate = UNHARMED): SimulatedProducer {
    const gate = new ProcessGate(this.clock)
    return { dispatcher: this.#dispatcherOf(gate, fate), ...controls(gate) }
  }

  /** Starts a worker in a process of its own; `fate` decides what befalls its calls to the log. */
  startWorker(options: LongRunningWorkerOptions = {}, fate: Fate = UNHARMED): SimulatedWorker {
    this.#workers += 1
    const gate = new ProcessGate(this.clock)
    const inProcess = (_: unknown, next: () => Promise<unknown>): Promise<unknown> =>
      currentProcess.run({ simulation: this, gate }, next)
    const worker = new LongRunningWorker(this.#dispatcherOf(gate, fate), {
      worker: `worker-${this.#workers}`,
      ...options,
      around: [inProcess, ...(options.around ?? [])],
    })
    return { worker, finished: worker.run(), ...controls(gate) }
  }

  /** Of the process the calling task runs in, unless that is one of another simulation. */
  #currentGate(): ProcessGate | undefined {
    const process = currentProcess.getStore()
    return process?.simulation === this ? process.gate : undefined
  }

  /** For tasks: kills the process the task runs in. */
  async crash(): Promise<never> {
    this.#currentGate()?.kill()
    return await new Promise(() => {})
  }

  /** For tasks: waits in virtual time; stops with the process the task runs in. Rejects with the signal's reason. */
  async sleep(duration: Duration, signal?: AbortSignal): Promise<void> {
    const clock = this.#currentGate() ?? this.clock
    await new Promise<void>((resolve, reject) => {
      const cancel = clock.setTimer(resolve, durationMs(duration, 'duration'))
      signal?.addEventListener('abort', () => {
        cancel()
        reject(signal.reason as Error)
      })
    })
  }

  /** Runs one attempt of the next task, or of the one named; null when there is nothing ready. Time stands still. */
  async runOne(id?: string): Promise<TaskRun | null> {
    return await new OneTimeWorker(this.dispatcher, id === undefined ? {} : { id }).run()
  }

  /**
   * Runs everything that is ready, and what becomes ready by it, in virtual time. With `untilEnded` it also waits for what is
   * due later and for retries, up to that much virtual time.
   */
  async drain({ untilEnded }: { readonly untilEnded?: Duration } = {}): Promise<void> {
    const { worker, finished } = this.startWorker(untilEnded === undefined ? { drain: true } : {})
    let done = false
    const ended = finished.then(() => {
      done = true
    })
    if (untilEnded !== undefined) {
      const end = this.clock.monotonic() + durationMs(untilEnded, 'untilEnded')
      while (this.clock.monotonic() < end && (await this.#hasOpenTasks())) await this.#step(end)
      worker.stop()
    }
    while (!done) await this.#step(Number.POSITIVE_INFINITY)
    await ended
  }

  async #step(end: number): Promise<void> {
    const next = this.clock.nextTimerMs ?? 0
    await this.clock.advance(Math.max(0, Math.min(next, end - this.clock.monotonic())))
  }

  async #hasOpenTasks(): Promise<boolean> {
    const { enqueued, dequeued, running, child_running } = await this.log.stats({ kind: 'and', nodes: [] })
    return enqueued + dequeued + running + child_running > 0
  }

  /** Lets time pass, for example `'5m'`. */
  async advance(duration: Duration): Promise<void> {
    await this.clock.advance(durationMs(duration, 'duration'))
  }

  /** Lets time pass until something holds. @throws when it does not within the given virtual time */
  async until(condition: () => boolean | Promise<boolean>, within: Duration = '1m'): Promise<void> {
    const end = this.clock.monotonic() + durationMs(within, 'within')
    await this.clock.settle()
    while (!(await condition())) {
      if (this.clock.monotonic() >= end) throw new Error(`It did not hold within ${within} of virtual time.`)
      await this.#step(end)
    }
  }
}
