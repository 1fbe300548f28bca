import { WaybillError } from '../errors/waybill-error.ts'
import { Batcher } from '../queue/batcher.ts'
import { encodeReport } from '../report/encode-report.ts'
import { Report } from '../report/report.ts'
import type {
  ClaimableTaskLogBroker,
  SettleAnswer,
  Settlement,
} from '../task-log/claimable-task-log-broker.ts'
import { publish } from '../telemetry/channels.ts'
import { backoffMs } from '../time/backoff.ts'
import type { Clock } from '../time/clock.ts'

/** Options of a {@link Settler}. */
export interface SettlerOptions {
  readonly log: ClaimableTaskLogBroker
  readonly clock: Clock
  readonly random: () => number
  readonly worker: string
}

const GROUP_LIMIT = 500
const GROUPS_IN_FLIGHT = 2
const RETRY = { baseMs: 50, maxMs: 2_000, factor: 2, jitter: 0.5 }

/** How a task leaves its worker, as it is noted until it is written. */
export interface Ending extends Omit<Settlement, 'startedAgoMs'> {
  /** When the run began, by the monotonic clock; null when it never began. */
  readonly startedAt: number | null
}

/**
 * Writes how tasks ended. Those that are ready go out together while the next ones gather. A fault is tried again until
 * the store answers: nothing is acknowledged, nothing is forgotten before that.
 */
export class Settler {
  readonly #options: SettlerOptions
  readonly #batcher: Batcher<Ending, SettleAnswer>
  #stopped = false

  /** @param options see {@link SettlerOptions} */
  constructor(options: SettlerOptions) {
    this.#options = options
    this.#batcher = new Batcher({
      handle: (group) => this.#write(group),
      limit: GROUP_LIMIT,
      inFlight: GROUPS_IN_FLIGHT,
    })
  }

  /** Settles one task. Rejected only when the store refuses it for good, or after {@link Settler.giveUp}. */
  settle(ending: Ending): Promise<SettleAnswer> {
    return this.#batcher.submit(ending)
  }

  /** From now on a fault is final: the leases will run out and others take over. */
  giveUp(): void {
    this.#stopped = true
  }

  async #write(group: readonly Ending[], canSpareReport = true): Promise<readonly SettleAnswer[]> {
    const { log, clock, random, worker } = this.#options
    for (let attempt = 1; ; attempt += 1) {
      const now = clock.monotonic()
      try {
        return await log.settle(group.map((ending) => toSettlement(ending, now)))
      } catch (error) {
        publish('waybill:worker:fault', () => ({ worker, during: 'settle', error }))
        if (canSpareReport && group.length === 1 && WaybillError.isInstance(error, 'store_refused')) {
          const [ending] = group as readonly [Ending]
          if (ending.report !== null) return await this.#write([withoutReport(ending, error)], false)
        }
        const again = WaybillError.isInstance(error) && (error.retryable || error.code === 'outcome_unknown')
        if (!again || this.#stopped) throw error
        await new Promise<void>((resolve) => clock.setTimer(resolve, backoffMs(attempt, RETRY, random())))
      }
    }
  }
}

/** Every member by name: a drain makes one for each task. */
function toSettlement(ending: Ending, now: number): Settlement {
  const { id, token, to, delayMs, reason, report, progress, startedAt } = ending
  const startedAgoMs = startedAt === null ? null : now - startedAt
  return { id, token, to, delayMs, reason, report, progress, startedAgoMs }
}

/** The store took everything but this report. The outcome matters more. */
function withoutReport(ending: Ending, error: Error): Ending {
  const report = encodeReport(Report.warning(`The report could not be stored: ${error.message}`))
  return { ...ending, report, progress: null }
}
