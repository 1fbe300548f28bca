import { WaybillError } from '../errors/waybill-error.ts'
import type { QueueDispatcher } from '../queue/queue-dispatcher.ts'
import type { ClaimableTaskLogBroker } from '../task-log/claimable-task-log-broker.ts'
import { pagesById } from '../task-log/pages.ts'
import { TaskLogFilter } from '../task-log/task-log-filter.ts'
import { GIVEN_BACK } from './attempt-end.ts'

/** Options of {@link LostClaims}. */
export interface LostClaimsOptions {
  readonly dispatcher: QueueDispatcher
  readonly log: ClaimableTaskLogBroker
  readonly worker: string
  /** Whether this worker knows that it holds the task. */
  readonly isKnown: (id: string) => boolean
}

/** A call may reach the store after its caller has given it up; nothing is on its way for longer. */
const DOUBT_MS = 60_000

/**
 * Gives back what was claimed by calls whose replies were lost: the log holds it for this worker, which lives on and does
 * not know.
 */
export class LostClaims {
  readonly #options: LostClaimsOptions
  #doubtful: readonly { readonly token: string; readonly since: number }[] = []
  #looking = false

  /** @param options see {@link LostClaimsOptions} */
  constructor(options: LostClaimsOptions) {
    this.#options = options
  }

  /** Claims under a token; remembers it when nobody can tell whether the claim got through. */
  async watch<Answer>(token: string, claim: () => Promise<Answer>): Promise<Answer> {
    try {
      return await claim()
    } catch (error) {
      if (!WaybillError.isInstance(error) || error.code === 'outcome_unknown') this.doubt(token)
      throw error
    }
  }

  /** Something may be held under this token that nobody here works on. */
  doubt(token: string): void {
    this.#doubtful = [...this.#doubtful, { token, since: this.#now() }]
  }

  /** Gives back what is held under a doubtful token; its attempt is not counted. @throws StoreError: it is to be called again */
  async giveBack(): Promise<void> {
    if (this.#looking || this.#doubtful.length === 0) return
    this.#looking = true
    try {
      const [doubtful, began] = [this.#doubtful, this.#now()]
      await this.#release(doubtful.map(({ token }) => token))
      this.#doubtful = this.#doubtful.filter(({ since }) => began - since < DOUBT_MS)
    } finally {
      this.#looking = false
    }
  }

  async #release(tokens: readonly string[]): Promise<void> {
    const { dispatcher, log, worker, isKnown } = this.#options
    const dequeued = new TaskLogFilter().eq('worker', worker).eq('status', 'dequeued')
    for await (const held of pagesById(log, dequeued.where, 'ascending')) {
      const unknown = held.filter(({ id }) => !isKnown(id))
      const releases = unknown.flatMap(({ id }) =>
        tokens.map((token) => ({ ...GIVEN_BACK, id, token, progress: null, startedAgoMs: null })),
      )
      const answers = releases.length === 0 ? [] : await log.settle(releases)
      const back = new Set(answers.flatMap(({ id, accepted }) => (accepted ? [id] : [])))
      for (const { queue, id } of unknown) if (back.has(id)) dispatcher.pushAgain(queue, id, 0)
    }
  }

  #now(): number {
    return this.#options.dispatcher.clock.monotonic()
  }
}
