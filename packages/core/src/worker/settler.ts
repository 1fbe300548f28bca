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

interface Pending {
  readonly settlement: Settlement
  readonly since: number
}

/**
 * Writes how tasks ended. Those that are ready go out together while the next ones gather. A fault is tried again until
 * the store answers: nothing is acknowledged, nothing is forgotten before that.
 */
export class Settler {
  readonly #options: SettlerOptions
  readonly #batcher: Batcher<Pending, SettleAnswer>
  #pending = 0
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

  /** How many are not written yet: what a worker holds back for when the store is slow. */
  get pending(): number {
    return this.#pending
  }

  /** Settles one task. Rejected only when the store refuses it for good, or after {@link Settler.giveUp}. */
  async settle(settlement: Settlement): Promise<SettleAnswer> {
    this.#pending += 1
    const since = this.#options.clock.monotonic()
    try {
      return await this.#batcher.submit({ settlement, since })
    } catch (error) {
      if (!WaybillError.isInstance(error, 'store_refused') || settlement.report === null) throw error
      // The store took everything but this report. The outcome matters more.
      const report = encodeReport(Report.warning(`The report could not be stored: ${error.message}`))
      return await this.#batcher.submit({ settlement: { ...settlement, report, progress: null }, since })
    } finally {
      this.#pending -= 1
    }
  }

  /** From now on a fault is final: the leases will run out and others take over. */
  giveUp(): void {
    this.#stopped = true
  }

  async #write(group: readonly Pending[]): Promise<readonly SettleAnswer[]> {
    const { log, clock, random, worker } = this.#options
    for (let attempt = 1; ; attempt += 1) {
      const now = clock.monotonic()
      const settlements = group.map(({ settlement, since }) =>
        settlement.startedAgoMs === null
          ? settlement
          : { ...settlement, startedAgoMs: settlement.startedAgoMs + (now - since) },
      )
      try {
        return await log.settle(settlements)
      } catch (error) {
        publish('waybill:worker:fault', () => ({ worker, during: 'settle', error }))
        const again = WaybillError.isInstance(error) && (error.retryable || error.code === 'outcome_unknown')
        if (!again || this.#stopped) throw error
        await new Promise<void>((resolve) => clock.setTimer(resolve, backoffMs(attempt, RETRY, random())))
      }
    }
  }
}
