import type { AnsweredCall } from './call.ts'
import type { Evidence } from './evidence.ts'

/** A task in the hands of a worker: one claim that was answered. */
export interface Holding {
  readonly id: string
  readonly token: string
  readonly worker: string
  readonly attempt: number
  readonly began: number
  readonly ended: number
}

/** How a task may have come back into its queue. */
export interface Return {
  readonly how: 'retry' | 'release' | 'recover' | 'retire' | 'restart'
  /** Whether somebody was told; else it may have happened, at any time after it began. */
  readonly isCertain: boolean
  readonly began: number
  readonly ended: number
  /** Whose claim it ended, where that is known. */
  readonly token: string | null
}

const FOREVER = Number.POSITIVE_INFINITY

/** Who held what when, by task. */
export class Holdings {
  /** Every claim that was answered. */
  readonly all: readonly Holding[]
  readonly #byId: ReadonlyMap<string, readonly Holding[]>
  readonly #returns: Map<string, Return[]> = new Map()
  readonly #recoveries: readonly Return[]
  readonly #retirements: ReadonlyMap<string, readonly Return[]>

  constructor(evidence: Evidence) {
    this.all = evidence.answered('claim').flatMap(holdingsOf)
    this.#byId = Map.groupBy(this.all, ({ id }) => id)
    this.#recoveries = evidence
      .unknown('recover')
      .map(({ began }) => ({ how: 'recover', isCertain: false, began, ended: FOREVER, token: null }))
    const retirements = evidence
      .all('retire')
      .filter(({ outcome }) => outcome !== 'refused')
      .map(({ input: worker, outcome, began, ended }) => {
        const isCertain = outcome === 'ok'
        const end = isCertain ? ended : FOREVER
        return { worker, how: 'retire' as const, isCertain, began, ended: end, token: null }
      })
    this.#retirements = Map.groupBy(retirements, ({ worker }) => worker)
    this.#collect(evidence)
  }

  /** The claims of a task, in the order in which they began. */
  of(id: string): readonly Holding[] {
    return this.#byId.get(id) ?? []
  }

  /** The claim of a task under a token; undefined when nobody was told of one. */
  under(id: string, token: string): Holding | undefined {
    return this.of(id).find((holding) => holding.token === token)
  }

  /** What may have put a task back, in no order. */
  returnsOf(id: string): readonly Return[] {
    const workers = new Set(this.of(id).map(({ worker }) => worker))
    const retirements = [...workers].flatMap((worker) => this.#retirements.get(worker) ?? [])
    return [...(this.#returns.get(id) ?? []), ...this.#recoveries, ...retirements]
  }

  /** What may have ended a holding before a moment by putting the task back. */
  endsOf(holding: Holding, before: number): readonly Return[] {
    const own = (this.#returns.get(holding.id) ?? []).filter(
      ({ token }) => token === null || token === holding.token,
    )
    const others = [...this.#recoveries, ...(this.#retirements.get(holding.worker) ?? [])]
    return [...own, ...others].filter(({ began, ended }) => began < before && ended > holding.began)
  }

  /** Whether the task may have had another fate before a moment: it was put back, or claimed by another. */
  wasTakenBefore(holding: Holding, before: number): boolean {
    const later = this.of(holding.id).some(
      ({ token, began }) => token !== holding.token && began > holding.began && began < before,
    )
    return later || this.endsOf(holding, before).length > 0
  }

  #collect(evidence: Evidence): void {
    const add = (id: string, back: Return): void => {
      this.#returns.set(id, [...(this.#returns.get(id) ?? []), back])
    }
    for (const call of evidence.all('settle')) {
      if (call.outcome === 'refused') continue
      for (const [index, { id, token, to }] of call.input.entries()) {
        const isDone = call.outcome !== 'ok' || call.answer[index]?.accepted === true
        if ((to !== 'retry' && to !== 'release') || !isDone) continue
        const isCertain = call.outcome === 'ok'
        add(id, { how: to, isCertain, began: call.began, ended: isCertain ? call.ended : FOREVER, token })
      }
    }
    for (const { answer, began, ended } of evidence.answered('recover')) {
      for (const { id } of answer) add(id, { how: 'recover', isCertain: true, began, ended, token: null })
    }
    for (const call of evidence.all('transition')) {
      if (call.input.event !== 'restart' || call.outcome === 'refused') continue
      const isCertain = call.outcome === 'ok'
      const ended = isCertain ? call.ended : FOREVER
      for (const id of isCertain ? call.answer : call.input.ids)
        add(id, { how: 'restart', isCertain, began: call.began, ended, token: null })
    }
  }
}

function holdingsOf({ input, answer, began, ended }: AnsweredCall<'claim'>): readonly Holding[] {
  const { worker, token } = input
  return answer.map(({ id, attempt }) => ({ id, token, worker, attempt, began, ended }))
}
