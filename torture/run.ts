import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FilterExpression, TaskLogRecord } from '@waybill/core'
import { seededRandom } from '@waybill/testing'
import { Clerk } from './clerk.ts'
import { Evidence, type Remains } from './evidence/evidence.ts'
import { factsOf } from './evidence/facts.ts'
import { lineFile, readLines } from './evidence/files.ts'
import type { Write } from './evidence/lines.ts'
import { moment } from './evidence/moment.ts'
import { Recorder } from './evidence/recorder.ts'
import { StatementFaults } from './faults/statement-faults.ts'
import { violations } from './invariants/invariants.ts'
import { vacuous } from './invariants/vacuity.ts'
import { CELLS, failEverywhere, faultOf } from './matrix.ts'
import { MOODS, type Mood, Nemesis } from './nemesis.ts'
import { patiently } from './patiently.ts'
import { Crew } from './processes/crew.ts'
import { ORDERED_QUEUE, type Timing } from './processes/orders.ts'
import { expectedFaults, inClasses } from './report/fault-classes.ts'
import { type Figures, figuresOf } from './report/figures.ts'
import { type OpenedLog, openLog, type StoreKind } from './stores/open-log.ts'
import { type Store, startStore } from './stores/store.ts'
import { Chance } from './work/chance.ts'

/** What to torture, and for how long. */
export interface RunOptions {
  readonly kind: StoreKind
  readonly ms: number
  readonly seed: number
  /** Instead of a storm of that length: workers fail at every failpoint in every way, one after the other. */
  readonly isMatrix?: boolean
  /** Told now and then how it goes. */
  readonly onProgress?: (text: string) => void
}

/** How a run ended. */
export interface RunReport {
  readonly version: string
  readonly figures: Figures
  /** Promises that were broken; empty is well. */
  readonly violations: readonly string[]
  /** Where the histories are; null when they were not worth keeping. */
  readonly folder: string | null
}

/** Shorter than in production, so that a run sees many of them. */
export const TIMING: Timing = { leaseMs: 2_000, beatMs: 500, sweepMs: 500 }

const WORKERS = 4
const PRODUCERS = 2
const ORDERED_TASKS = 200
/** In peace, when nothing has ended for so long nothing will. */
const STANDSTILL_MS = 60_000
const ALL: FilterExpression = { kind: 'and', nodes: [] }

/** Tortures a log: an ordered beginning, faults, then peace until all is done; and says whether promises were kept. */
export async function torture(options: RunOptions): Promise<RunReport> {
  const store = await startStore(options.kind)
  try {
    return await new TortureRun(store, options).run()
  } finally {
    await store.stop()
  }
}

class TortureRun {
  readonly #store: Store
  readonly #options: RunOptions
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'waybill-history-'))
  readonly #write: Write
  readonly #opened: OpenedLog
  readonly #crew: Crew
  readonly #chance: Chance

  constructor(store: Store, options: RunOptions) {
    this.#store = store
    this.#options = options
    this.#write = lineFile(join(this.#folder, 'main.jsonl'))
    this.#opened = openLog(store.address, new StatementFaults())
    this.#chance = new Chance(seededRandom(options.seed))
    const { seed } = options
    this.#crew = new Crew({ store, folder: this.#folder, seed, timing: TIMING, write: this.#write })
  }

  async run(): Promise<RunReport> {
    await this.#opened.log.createContainer()
    await this.#beginInOrder()
    const recorder = new Recorder('main', this.#write, moment)
    const clerk = new Clerk(this.#opened, recorder, this.#chance, this.#write)
    clerk.start()
    await this.#suffer()
    await this.#crew.dismiss('producer')
    await clerk.stop()
    await this.#drain()
    await this.#crew.dismiss('worker')
    return this.#judge(await this.#remains())
  }

  /** One worker, no faults. */
  async #beginInOrder(): Promise<void> {
    await this.#crew.addProducer('first-producer', {
      pauseMs: 0,
      limit: ORDERED_TASKS,
      isOrdered: true,
      crashes: 0,
      fail: null,
    })
    await this.#crew.allEnded('producer')
    await this.#crew.addWorker('first-worker', {
      concurrency: 1,
      prefetch: 50,
      queues: [ORDERED_QUEUE],
      drain: true,
      fail: null,
    })
    await this.#crew.allEnded('worker')
  }

  async #suffer(): Promise<void> {
    for (let index = 1; index <= PRODUCERS; index += 1) {
      await this.#crew.addProducer(`producer${index}`, {
        pauseMs: 50,
        limit: null,
        isOrdered: false,
        // In the matrix workers die in no other way than the one that is tried.
        crashes: this.#options.isMatrix === true ? 0 : 0.005,
        fail: null,
      })
    }
    for (let index = 1; index <= WORKERS; index += 1) {
      const prefetch = this.#chance.pick([1, 5, 50])
      const orders = { concurrency: 5, prefetch, queues: null, drain: false, fail: null }
      await this.#crew.addWorker(`worker${index}`, orders)
    }
    while (this.#crew.standing('worker').length < WORKERS) await sleep(20)
    if (this.#options.isMatrix === true) await failEverywhere(this.#crew, (fault) => this.#say(fault))
    else await this.#storm()
  }

  async #storm(): Promise<void> {
    const nemesis = new Nemesis(this.#crew, this.#store, this.#chance, this.#write)
    const moods = MOODS.filter((mood) => mood !== 'network' || this.#store.kind !== 'sqlite').filter(
      (mood) => mood !== 'crash' || this.#store.crash !== null,
    )
    const { ms } = this.#options
    const end = moment() + ms
    const periodMs = Math.min(10_000, ms / moods.length)
    // Every mood rules once, even if troubles outlast their periods and the run its time.
    for (const mood of this.#chance.shuffled(moods)) await this.#rule(nemesis, mood, periodMs)
    const drawMood = this.#chance.deck(moods)
    for (let leftMs = end - moment(); leftMs > 0; leftMs = end - moment()) {
      await this.#rule(nemesis, drawMood(), Math.min(periodMs, leftMs))
    }
  }

  async #rule(nemesis: Nemesis, mood: Mood, ms: number): Promise<void> {
    this.#say(mood)
    await nemesis.rule(mood, ms)
  }

  /** Nothing goes wrong any more, and everything has to end. */
  async #drain(): Promise<void> {
    this.#say('peace')
    let [open, since] = [await this.#open(), moment()]
    while (open > 0 && moment() - since < STANDSTILL_MS) {
      await sleep(200)
      const left = await this.#open()
      if (left < open) since = moment()
      open = Math.min(open, left)
    }
  }

  async #open(): Promise<number> {
    const { enqueued, dequeued, running, child_running } = await patiently(() => this.#opened.log.stats(ALL))
    return enqueued + dequeued + running + child_running
  }

  async #remains(): Promise<Remains> {
    const { log } = this.#opened
    await sleep(TIMING.leaseMs)
    await patiently(() => log.recover({ limit: 10_000, baseDelayMs: 0, maxDelayMs: 0 }))
    const [queues, workers] = [await log.queueStates(), await log.workerStates()]
    const records: TaskLogRecord[] = []
    for (;;) {
      const last = records.at(-1)
      const page = await log.search({
        where: ALL,
        sort: 'id',
        direction: 'ascending',
        limit: 1_000,
        offset: 0,
        after: last === undefined ? null : { value: last.id, id: last.id },
        omit: [],
      })
      records.push(...(page as TaskLogRecord[]))
      if (page.length < 1_000) break
    }
    await this.#opened.close()
    return { records, queues, workers, messages: 0, connections: await this.#store.connections() }
  }

  #judge(remains: Remains): RunReport {
    const facts = factsOf(readLines(this.#folder), TIMING, remains)
    const evidence = new Evidence({ ...facts, faults: inClasses(facts.faults) })
    const broken = [...this.#crew.casualties, ...violations(evidence), ...vacuous(evidence, this.#expected)]
    if (broken.length === 0) rmSync(this.#folder, { recursive: true })
    return {
      version: this.#store.version,
      figures: figuresOf(evidence),
      violations: broken,
      folder: broken.length === 0 ? null : this.#folder,
    }
  }

  get #expected(): readonly string[] {
    const { isMatrix, ms } = this.#options
    return isMatrix === true ? CELLS.map(faultOf) : expectedFaults(this.#store, ms)
  }

  #say(text: string): void {
    this.#options.onProgress?.(text)
  }
}
