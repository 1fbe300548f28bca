import type { ClaimableTaskLogBroker, RecoveredTask } from '../task-log/claimable-task-log-broker.ts'
import { publish } from '../telemetry/channels.ts'
import type { CancelTimer, Clock } from '../time/clock.ts'
import { repeat } from '../time/repeat.ts'
import type { Heart } from './heart.ts'

/** Options of a {@link Sweeper}. */
export interface SweeperOptions {
  readonly log: ClaimableTaskLogBroker
  readonly clock: Clock
  readonly random: () => number
  readonly heart: Heart
  readonly worker: string
  readonly sweepMs: number
  /** Told when entries became ready. */
  readonly onReady: () => void
  /** Told which tasks were taken back, so that brokers that are not the log get their messages again. */
  readonly onRecovered: (tasks: readonly RecoveredTask[]) => void
}

const PAGE = 500
const RECOVERY = { limit: PAGE, baseDelayMs: 1_000, maxDelayMs: 60_000 }

/** Takes tasks from dead workers and makes due tasks ready. Every worker sweeps; there is no leader to lose. */
export class Sweeper {
  readonly #options: SweeperOptions
  #cancel: CancelTimer = () => {}

  /** @param options see {@link SweeperOptions} */
  constructor(options: SweeperOptions) {
    this.#options = options
  }

  /** Sweeps now and then every so often, sooner when something is due. */
  start(): void {
    this.#cancel = repeat(this.#options.clock, 0, () => this.#sweepAgain())
  }

  /** No more sweeps. */
  stop(): void {
    this.#cancel()
  }

  async #sweepAgain(): Promise<number> {
    const { random, worker, sweepMs } = this.#options
    let nextDueMs: number | null = null
    try {
      nextDueMs = await this.sweep()
    } catch (error) {
      publish('waybill:worker:fault', () => ({ worker, during: 'sweep', error }))
    }
    // Spread, so that many workers do not sweep in step.
    return Math.min(nextDueMs ?? sweepMs, sweepMs * (0.9 + 0.2 * random()))
  }

  /** One sweep; answers in how many milliseconds the next task is due, null when none waits for its time. */
  async sweep(): Promise<number | null> {
    const { log, heart, onReady, onRecovered, worker } = this.#options
    let recovered: readonly RecoveredTask[] = []
    do {
      recovered = heart.isSteady ? await log.recover(RECOVERY) : []
      if (recovered.length > 0) {
        const tasks = recovered
        publish('waybill:worker:recovered', () => ({ worker, tasks }))
        onRecovered(tasks)
      }
    } while (recovered.length === PAGE)
    const { promoted, nextDueMs } = await log.promote(PAGE)
    if (promoted > 0 || recovered.length > 0) onReady()
    return nextDueMs
  }
}
