import { StoreError } from '../errors/errors.ts'
import type {
  ClaimableTaskLogBroker,
  HeartbeatAnswer,
  OpenTask,
} from '../task-log/claimable-task-log-broker.ts'
import { publish } from '../telemetry/channels.ts'
import type { CancelTimer, Clock } from '../time/clock.ts'
import { repeat } from '../time/repeat.ts'
import { type Pulse, startPulse } from './pulse.ts'

/** Options of a {@link Heart}. */
export interface HeartOptions {
  readonly log: ClaimableTaskLogBroker
  readonly clock: Clock
  readonly worker: string
  /** Facts about the worker as JSON text, sent with the first beat. */
  readonly info: string
  readonly leaseMs: number
  readonly beatMs: number
  /** How long the main thread may be blocked before the worker is no longer vouched for. */
  readonly stallMs: number
  /** The tasks that are running now. */
  readonly openTasks: () => readonly OpenTask[]
  /** Told what each beat brought back. */
  readonly onAnswer: (answer: HeartbeatAnswer) => void
  /** Told when a beat may not have got through. */
  readonly onFault: () => void
  /** Told when the lease may have run out unnoticed, because no beat got through. */
  readonly onLeaseUnknown: () => void
}

/** Beats are trusted until this share of the lease is left, so that a slow start does not outlive it. */
const MARGIN = 0.2

/** Keeps a worker's lease. */
export class Heart {
  readonly #options: HeartOptions
  #cancel: CancelTimer = () => {}
  #pulse: Pulse | null = null
  #beating: Promise<void> | null = null
  #introduced = false
  #renewedAt = Number.NEGATIVE_INFINITY
  #healthySince = Number.NEGATIVE_INFINITY

  /** @param options see {@link HeartOptions} */
  constructor(options: HeartOptions) {
    this.#options = options
  }

  /**
   * The first beat, which makes the worker known. Resolves when the thread that vouches for it is there as well: the very
   * first task may block. @throws StoreError when the log cannot be reached
   */
  async start(): Promise<void> {
    await this.#beat()
    this.#pulse = startPulse(this.#options)
    this.#cancel = repeat(this.#options.clock, this.#options.beatMs, () => this.#beatAgain())
    await this.#pulse?.ready
  }

  /** A beat now; one under way counts. */
  async beatNow(): Promise<void> {
    await (this.#beating ?? this.#beat())
  }

  /** The lease surely has not run out: counted from when the last renewal that got through began. */
  get isTrusted(): boolean {
    return this.#trustedForMs > 0
  }

  /**
   * Beats have got through for a lease or longer since one last did not. Before that a worker takes nothing from others:
   * after an outage of the store every lease has run out, and the living get their chance to beat first.
   */
  get isSteady(): boolean {
    const { clock, leaseMs } = this.#options
    return clock.monotonic() - this.#healthySince >= leaseMs
  }

  /** No more beats. The worker is still known to the log. */
  async stop(): Promise<void> {
    this.#cancel()
    await this.#pulse?.stop()
    await this.#beating?.catch(() => {})
  }

  async #beatAgain(): Promise<number> {
    const { beatMs, leaseMs } = this.#options
    try {
      await this.beatNow()
      return beatMs
    } catch {
      return Math.min(beatMs, leaseMs / 8)
    }
  }

  /** Zero or less: not any more. */
  get #trustedForMs(): number {
    const { clock, leaseMs } = this.#options
    return this.#renewedAt + leaseMs * (1 - MARGIN) - clock.monotonic()
  }

  #beat(): Promise<void> {
    const beating = this.#answered(this.#renew())
      .catch((error: unknown) => {
        const { clock, worker, onFault, onLeaseUnknown } = this.#options
        this.#healthySince = clock.monotonic()
        publish('waybill:worker:fault', () => ({ worker, during: 'heartbeat', error }))
        onFault()
        if (!this.isTrusted) onLeaseUnknown()
        throw error
      })
      .finally(() => {
        this.#beating = null
      })
    this.#beating = beating
    return beating
  }

  /** A beat that gets no answer is given up when the lease can no longer be trusted; the answer counts if it comes yet. */
  #answered(renewal: Promise<void>): Promise<void> {
    if (!this.#introduced) return renewal
    const { clock, leaseMs, worker } = this.#options
    const patienceMs = this.isTrusted ? this.#trustedForMs : leaseMs * (1 - MARGIN)
    return new Promise((resolve, reject) => {
      const message = `The heartbeat of ${worker} got no answer within ${Math.round(patienceMs)} ms.`
      const cancel = clock.setTimer(
        () => reject(new StoreError('store_unavailable', message, { retryable: true })),
        patienceMs,
      )
      renewal.then(resolve, reject).finally(cancel)
    })
  }

  async #renew(): Promise<void> {
    const { log, clock, worker, info, leaseMs, openTasks, onAnswer } = this.#options
    const began = clock.monotonic()
    const beat = { worker, leaseMs, info: this.#introduced ? null : info, open: openTasks() }
    const answer = await log.heartbeat(beat)
    const first = !this.#introduced
    this.#introduced = true
    this.#renewedAt = Math.max(this.#renewedAt, began)
    this.#pulse?.beaten()
    onAnswer(first ? { ...answer, expired: false } : answer)
  }
}
