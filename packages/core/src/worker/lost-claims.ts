import { WaybillError } from '../errors/waybill-error.ts'
import type { QueueDispatcher } from '../queue/queue-dispatcher.ts'
import type { ClaimableTaskLogBroker } from '../task-log/claimable-task-log-broker.ts'
import type { FilterExpression } from '../task-log/filter-expression.ts'

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
const PAGE = 500

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
    const held = await log.search({
      where: dequeuedBy(worker),
      sort: 'id',
      direction: 'ascending',
      limit: PAGE,
      offset: 0,
      after: null,
      omit: ['parameters', 'metadata', 'report', 'progress'],
    })
    const unknown = held.filter(({ id }) => !isKnown(id))
    if (unknown.length === 0) return
    const answers = await log.settle(unknown.flatMap(({ id }) => tokens.map((token) => release(id, token))))
    const back = new Set(answers.flatMap(({ id, accepted }) => (accepted ? [id] : [])))
    for (const { queue, id } of unknown) if (back.has(id)) dispatcher.pushAgain(queue, id, 0)
  }

  #now(): number {
    return this.#options.dispatcher.clock.monotonic()
  }
}

function dequeuedBy(worker: string): FilterExpression {
  return {
    kind: 'and',
    nodes: [
      { kind: 'column', column: 'worker', operator: 'eq', value: worker },
      { kind: 'column', column: 'status', operator: 'eq', value: 'dequeued' },
    ],
  }
}

function release(id: string, token: string) {
  return {
    id,
    token,
    to: 'release',
    delayMs: 0,
    reason: 'shutdown',
    report: null,
    progress: null,
    startedAgoMs: null,
  } as const
}
