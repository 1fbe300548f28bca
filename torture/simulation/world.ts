import type { ClaimableTaskLogBroker, EnqueuedTask, FilterExpression, TaskContext } from '@waybill/core'
import { WaybillError } from '@waybill/core'
import {
  createSimulation,
  type SimulatedProducer,
  type SimulatedWorker,
  type Simulation,
  seededRandom,
  VirtualClock,
} from '@waybill/testing'
import { Evidence } from '../evidence/evidence.ts'
import { factsOf } from '../evidence/facts.ts'
import type { Line } from '../evidence/lines.ts'
import { Recorder } from '../evidence/recorder.ts'
import { OWNERS } from '../processes/orders.ts'
import { Chance } from '../work/chance.ts'
import { JobTasks } from '../work/job-tasks.ts'
import { type Job, randomJob } from '../work/jobs.ts'
import { UnrulyBroker } from './unruly-broker.ts'
import { FAIR, fateIn, OUTAGE, storm, type Weather } from './weather.ts'

/** Leases and so on of the simulated workers: those of a real one. */
const TIMING = { leaseMs: 3_000, beatMs: 1_000, sweepMs: 1_000 }
const ALL: FilterExpression = { kind: 'and', nodes: [] }
const DISASTERS = ['kill', 'freeze', 'storm', 'outage', 'start', 'stop', 'producer', 'forget'] as const
const BEGINNING = Date.UTC(2026, 0, 1)
/** How often somebody looks whether there are workers. */
const SUPERVISION_MS = 300
/** How long the storm lasts. */
const STORM_MS = 15_000

/** What a simulation may be made to do differently, to see that the checker notices. */
export interface WorldOptions {
  /** A log that has a defect. */
  readonly wrapLog?: (log: ClaimableTaskLogBroker) => ClaimableTaskLogBroker
  /** Messages go through an unruly broker. Default: the log is the queue. */
  readonly hasBroker?: boolean
}

/** Some workers, producers, operators and a nemesis in a world of their own, all of it decided by one number. */
export class World {
  readonly #chance: Chance
  readonly #simulation: Simulation
  readonly #tasks: JobTasks
  readonly #broker: UnrulyBroker
  readonly #lines: Line[] = []
  readonly #workers: Map<string, SimulatedWorker> = new Map()
  readonly #frozen: Set<string> = new Set()
  readonly #ids: string[] = []
  readonly #runners: WeakMap<TaskContext, string> = new WeakMap()
  #producers: SimulatedProducer[] = []
  #weather: Weather = FAIR
  #order = 0
  #isOver = false
  #runs = 0

  private constructor(seed: number, { wrapLog = (log) => log, hasBroker = false }: WorldOptions) {
    this.#chance = new Chance(seededRandom(seed ^ 0x5eed))
    this.#tasks = new JobTasks({
      work: (ms, signal) => this.#simulation.sleep(ms, signal ?? undefined),
      crash: (task) => this.#crash(task),
    })
    const clock = new VirtualClock(BEGINNING)
    this.#broker = new UnrulyBroker(clock, this.#chance, (what, id) =>
      this.#write({ kind: 'message', what, id, at: this.#moment() }),
    )
    const recorder = new Recorder(
      'log',
      (line) => this.#write(line),
      () => this.#moment(),
    )
    this.#simulation = createSimulation({
      tasks: this.#tasks.all,
      queues: [
        { name: 'front', weight: 3 },
        { name: 'back', weight: 1 },
      ],
      seed,
      clock,
      ...(hasBroker ? { broker: this.#broker } : undefined),
      wrapLog: (log) => recorder.record(wrapLog(log)),
    })
  }

  /** Lives through the world of a seed; answers what is known of it. */
  static async live(seed: number, options: WorldOptions = {}): Promise<Evidence> {
    return await new World(seed, options).#live()
  }

  async #live(): Promise<Evidence> {
    const { clock } = this.#simulation
    this.#producers = [
      this.#simulation.startProducer(this.#fate()),
      this.#simulation.startProducer(this.#fate()),
    ]
    const workers = this.#chance.between(2, 3)
    for (let index = 0; index < workers; index += 1) this.#startWorker()
    const jobs = this.#chance.between(4, 12)
    for (let index = 0; index < jobs; index += 1) {
      const job = randomJob(this.#chance, `job-${index}`, { crashes: 0.12, mostMs: 2_500 })
      clock.setTimer(() => void this.#enqueue(job), this.#chance.between(0, STORM_MS / 2))
    }
    this.#supervise()
    this.#repeat(() => this.#disturb(), 200, 2_000)
    this.#repeat(() => void this.#administer(), 500, 3_000)
    this.#repeat(() => void this.#observe(), 300, 1_500)
    await clock.advance(STORM_MS)
    await this.#heal()
    return await this.#conclude()
  }

  #moment(): number {
    this.#order += 1
    return this.#simulation.clock.monotonic() + this.#order * 1e-7
  }

  #write(line: Line): void {
    this.#lines.push(line)
  }

  #fate() {
    return fateIn(
      () => this.#weather,
      this.#chance,
      (name) => this.#fault(name),
    )
  }

  #fault(name: string): void {
    this.#write({ kind: 'fault', name, at: this.#moment() })
  }

  /** Does something again and again while the storm lasts. */
  #repeat(action: () => void, leastMs: number, mostMs: number): void {
    const { clock } = this.#simulation
    const next = (): void => {
      if (clock.monotonic() >= STORM_MS) return
      action()
      clock.setTimer(next, this.#chance.between(leastMs, mostMs))
    }
    clock.setTimer(next, this.#chance.between(0, mostMs))
  }

  #startWorker(): void {
    const name: { worker: string } = { worker: '' }
    const started = this.#simulation.startWorker(
      {
        ...TIMING,
        concurrency: this.#chance.between(1, 4),
        prefetch: this.#chance.pick([1, 4, 50]),
        grace: '1s',
        abandonMs: 500,
        around: [
          async (context, next) => {
            this.#runs += 1
            const { worker } = name
            const number = this.#runs
            const { id, attempt } = context
            this.#runners.set(context, worker)
            this.#write({ kind: 'run', worker, number, id, attempt, at: this.#moment() })
            try {
              return await next()
            } finally {
              this.#write({ kind: 'ran', worker, number, at: this.#moment() })
            }
          },
        ],
      },
      this.#fate(),
    )
    name.worker = started.worker.worker
    this.#workers.set(name.worker, started)
    // It is rejected when it could not reach the store when it began.
    const gone = (): boolean => this.#workers.delete(name.worker)
    started.finished.then(gone, gone)
  }

  async #enqueue(job: Job): Promise<void> {
    const producer = this.#chance.pick(this.#producers)
    const owner = this.#chance.pick(OWNERS)
    const key = this.#chance.happens(0.5) ? job.name : null
    const copies = key !== null && this.#chance.happens(0.3) ? 2 : 1
    const options = {
      owner,
      queue: this.#chance.pick(['front', 'back']),
      priority: this.#chance.pick([0, 0, -5]),
      masterStatus: this.#chance.happens(0.1),
      ...(key === null ? undefined : { idempotencyKey: key }),
      ...(this.#chance.happens(0.2) ? { delay: this.#chance.between(1, 4_000) } : undefined),
    }
    for (let copy = 0; copy < copies; copy += 1) {
      void this.#untilKnown(key !== null, () =>
        producer.dispatcher.enqueue(this.#tasks.for(job), job, options),
      ).then((task) => {
        if (task === null) return
        this.#ids.push(task.id)
        this.#write({ kind: 'enqueue', owner, key, id: task.id, ended: this.#moment() })
      })
    }
  }

  /** Tries again what surely was not done, and what may be repeated. */
  async #untilKnown(
    isRepeatable: boolean,
    enqueue: () => Promise<EnqueuedTask>,
  ): Promise<EnqueuedTask | null> {
    for (;;) {
      try {
        return await enqueue()
      } catch (error) {
        if (!WaybillError.isInstance(error)) throw error
        if (error.code === 'outcome_unknown' && !isRepeatable) return null
        if (error.code !== 'outcome_unknown' && !error.retryable) throw error
      }
      await this.#simulation.sleep(200)
    }
  }

  get #standing(): readonly string[] {
    return [...this.#workers.keys()].filter((name) => !this.#frozen.has(name))
  }

  /** Looks now and then whether somebody is able to work; if not, it starts a worker and notes that there was none. */
  #supervise(): void {
    if (this.#isOver) return
    if (this.#standing.length === 0) {
      const now = this.#moment()
      this.#write({ kind: 'trouble', from: now - SUPERVISION_MS, to: now + SUPERVISION_MS })
      this.#startWorker()
    }
    this.#simulation.clock.setTimer(() => this.#supervise(), SUPERVISION_MS)
  }

  #disturb(): void {
    const { clock } = this.#simulation
    const standing = this.#standing
    const action = this.#chance.pick(DISASTERS)
    if (action === 'kill' && standing.length > 1) this.#kill(this.#chance.pick(standing))
    if (action === 'freeze' && standing.length > 1) this.#freeze(this.#chance.pick(standing))
    if (action === 'start' && this.#workers.size < 4) this.#startWorker()
    if (action === 'stop' && standing.length > 1)
      this.#workers.get(this.#chance.pick(standing))?.worker.stop()
    if (action === 'forget' && this.#broker.size > 0) {
      this.#broker.forget()
      this.#fault('broker wiped')
    }
    if (action === 'producer') {
      this.#producers.shift()?.kill()
      this.#producers.push(this.#simulation.startProducer(this.#fate()))
      this.#fault('producer killed')
    }
    if ((action === 'storm' || action === 'outage') && this.#weather === FAIR) {
      this.#weather = action === 'storm' ? storm(this.#chance) : OUTAGE
      if (action === 'outage') this.#fault('outage')
      const from = this.#moment()
      clock.setTimer(
        () => {
          this.#weather = FAIR
          this.#write({ kind: 'trouble', from, to: this.#moment() })
        },
        this.#chance.between(500, 5_000),
      )
    }
  }

  async #crash(task: TaskContext): Promise<never> {
    this.#kill(this.#runners.get(task) ?? '')
    return await this.#simulation.crash()
  }

  #kill(name: string): void {
    this.#workers.get(name)?.kill()
    this.#workers.delete(name)
    this.#write({ kind: 'death', worker: name, at: this.#moment() })
    this.#fault('kill')
    if (this.#workers.size < 2) this.#startWorker()
  }

  #freeze(name: string): void {
    const worker = this.#workers.get(name)
    worker?.freeze()
    this.#frozen.add(name)
    const frozenMs = this.#chance.between(200, 8_000)
    this.#fault(frozenMs > TIMING.leaseMs ? 'freeze past the lease' : 'freeze')
    this.#simulation.clock.setTimer(() => {
      worker?.thaw()
      this.#frozen.delete(name)
    }, frozenMs)
  }

  async #administer(): Promise<void> {
    if (this.#ids.length === 0) return
    const { taskLog } = this.#simulation
    const id = this.#chance.pick(this.#ids)
    const action = this.#chance.pick(['cancel', 'cancel', 'force', 'pause', 'view', 'restart', 'archive'])
    try {
      if (action === 'cancel') await taskLog.cancel(id)
      if (action === 'force') await taskLog.cancel(id, { force: true })
      if (action === 'restart') await taskLog.restart(id)
      if (action === 'archive') await taskLog.archive(id)
      if (action === 'pause') await this.#pauseForAWhile(this.#chance.pick(['front', 'back']))
      if (action === 'view') {
        const owner = this.#chance.pick(OWNERS)
        const found = await taskLog.forUser(owner).search()
        this.#write({ kind: 'view', owner, ids: [...found].map((entity) => entity.id) })
      }
    } catch (error) {
      // What may not be done; or a task that was accepted is gone, which the checker will find.
      if (!WaybillError.isInstance(error, 'not_allowed') && !WaybillError.isInstance(error, 'not_found'))
        throw error
    }
  }

  async #pauseForAWhile(queue: string): Promise<void> {
    const { log, clock } = this.#simulation
    await log.setQueue(queue, { paused: true })
    clock.setTimer(() => void log.setQueue(queue, { paused: false }), this.#chance.between(100, 4_000))
  }

  async #observe(): Promise<void> {
    const { log } = this.#simulation
    await log.stats(ALL)
    await log.queueStates()
    if (this.#ids.length > 0) await log.find(this.#ids)
  }

  /** From here on nothing goes wrong any more, and everything has to end. */
  async #heal(): Promise<void> {
    const { clock, log } = this.#simulation
    await clock.advance(10_000)
    this.#weather = FAIR
    for (const queue of ['front', 'back']) await log.setQueue(queue, { paused: false })
    const end = clock.monotonic() + 120_000
    while (clock.monotonic() < end && (await this.#isBusy())) await clock.advance(500)
    this.#isOver = true
  }

  async #isBusy(): Promise<boolean> {
    const { enqueued, dequeued, running, child_running } = await this.#simulation.log.stats(ALL)
    return enqueued + dequeued + running + child_running > 0
  }

  async #conclude(): Promise<Evidence> {
    const { clock, log } = this.#simulation
    // Copies of messages whose tasks have ended come to light, and are forgotten.
    if (this.#broker.size > 0) await clock.advance(20_000)
    for (const { worker } of this.#workers.values()) worker.stop()
    await clock.advance(10_000)
    await log.recover({ limit: 1_000, baseDelayMs: 0, maxDelayMs: 0 })
    const search = { where: ALL, sort: 'id', direction: 'ascending', limit: 100_000 } as const
    const records = await log.search({ ...search, offset: 0, after: null, omit: [] })
    const [queues, workers] = [await log.queueStates(), await log.workerStates()]
    return new Evidence(
      factsOf(this.#lines, TIMING, {
        records: records as Parameters<typeof factsOf>[2]['records'],
        queues,
        workers,
        messages: this.#broker.size,
        connections: null,
      }),
    )
  }
}
