import { Actor } from './actor/actor.ts'
import type { Storage } from './actor/contender.ts'
import { type Entrant, entrantsOn, type LogName } from './entrants.ts'
import type { MetricName } from './metrics.ts'
import type { Services } from './services.ts'

/** What one trial has measured. */
export type Measured = Partial<Readonly<Record<MetricName, number>>>

/** All rounds of one metric of one entrant. */
export interface Series {
  readonly log: LogName
  readonly metric: MetricName
  readonly entrant: string
  readonly values: number[]
}

/** Options of a {@link Bench}. */
export interface BenchOptions {
  readonly logs: readonly LogName[]
  readonly withPeers: boolean
  /** How often each is measured; what is told is the median. */
  readonly rounds: number
  /** 1 for the sizes of the specification, less for a look whether it works. */
  readonly scale: number
}

/** A measurement of one kind. */
export interface Scenario {
  readonly name: string
  /** What it measures, for `--help`. */
  readonly about: string
  run(bench: Bench): Promise<void>
}

/** One run of the bench: who takes part, where, and what came of it. */
export class Bench {
  readonly options: BenchOptions
  readonly services: Services
  readonly series: Series[] = []

  constructor(options: BenchOptions, services: Services) {
    this.options = options
    this.services = services
  }

  /** A size of the specification as this run has it. */
  size(count: number): number {
    return Math.ceil(count * this.options.scale)
  }

  /** The logs of this run, without those that a scenario says nothing about. */
  logs<Name extends LogName = LogName>(known?: readonly Name[]): Name[] {
    return this.options.logs.filter((log): log is Name => known === undefined || known.includes(log as Name))
  }

  /** Who is compared on a log. */
  entrantsOn(log: LogName): Entrant[] {
    return entrantsOn(log, this.options.withPeers)
  }

  /** Measures each entrant once, then each again: what disturbs the machine meets them all. */
  async interleave(
    entrants: readonly Entrant[],
    trial: (entrant: Entrant) => Promise<Measured>,
  ): Promise<void> {
    for (let round = 0; round < this.options.rounds; round += 1) {
      for (const entrant of entrants) this.record(entrant, await trial(entrant))
    }
  }

  /** Keeps what a trial has measured. */
  record({ log, id }: Pick<Entrant, 'log' | 'id'>, measured: Measured): void {
    for (const [name, value] of Object.entries(measured)) {
      const metric = name as MetricName
      const found = this.series.find(
        (each) => each.log === log && each.metric === metric && each.entrant === id,
      )
      if (found === undefined) this.series.push({ log, metric, entrant: id, values: [value] })
      else found.values.push(value)
      console.error(`${log.padEnd(9)} ${id.padEnd(16)} ${metric.padEnd(24)} ${value.toPrecision(4)}`)
    }
  }
}

/** The processes of a trial: one that enqueues and one that works. What is in memory is in one process. */
export class Pair {
  readonly producer: Actor
  readonly worker: Actor

  constructor(entrant: Entrant, storage: Storage, inOneProcess: boolean = entrant.log === 'memory') {
    this.producer = new Actor(entrant.module, storage)
    this.worker = inOneProcess ? this.producer : new Actor(entrant.module, storage)
  }

  /** A pair over a new, empty storage. */
  static async create(bench: Bench, entrant: Entrant, inOneProcess?: boolean): Promise<Pair> {
    const pair = new Pair(entrant, await bench.services.storageOf(entrant), inOneProcess)
    await pair.producer.ask('create')
    return pair
  }

  /** Ends the processes. */
  async end(): Promise<void> {
    await this.worker.end()
    if (this.producer !== this.worker) await this.producer.end()
  }
}

/** Ends a pair after its use. Node 22, which runs these sources as they are, knows no `await using`. */
export async function lend<Answer>(
  pair: Pair | Promise<Pair>,
  use: (pair: Pair) => Promise<Answer>,
): Promise<Answer> {
  const lent = await pair
  try {
    return await use(lent)
  } finally {
    await lent.end()
  }
}
