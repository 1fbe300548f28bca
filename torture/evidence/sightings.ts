import type { TaskStatus } from '@waybill/core'
import type { Evidence } from './evidence.ts'

/** A status that an answer of the log showed. */
export interface Sighting {
  readonly id: string
  readonly status: TaskStatus
  readonly began: number
  readonly ended: number
}

/** Every status that was seen of each task, in the order in which the looks began; the last is the end of all. */
export class Sightings {
  readonly #byId: ReadonlyMap<string, readonly Sighting[]>

  constructor(evidence: Evidence) {
    const seen: Sighting[] = []
    for (const { answer, began, ended } of evidence.answered('settle')) {
      for (const { id, status } of answer) if (status !== null) seen.push({ id, status, began, ended })
    }
    for (const { answer, began, ended } of evidence.answered('recover')) {
      for (const { id, status } of answer) seen.push({ id, status, began, ended })
    }
    for (const { answer, began, ended } of evidence.answered('find')) {
      for (const { id, status } of answer) seen.push({ id, status, began, ended })
    }
    for (const { input, answer, began, ended } of evidence.answered('transition')) {
      if (input.event !== 'force_cancel') continue
      for (const id of answer) seen.push({ id, status: 'cancelled', began, ended })
    }
    seen.sort((left, right) => left.began - right.began)
    const last = { began: Number.POSITIVE_INFINITY, ended: Number.POSITIVE_INFINITY }
    for (const { id, status } of evidence.facts.remains.records) seen.push({ id, status, ...last })
    this.#byId = Map.groupBy(seen, ({ id }) => id)
  }

  /** The tasks that were seen. */
  get ids(): Iterable<string> {
    return this.#byId.keys()
  }

  /** What was seen of a task. */
  of(id: string): readonly Sighting[] {
    return this.#byId.get(id) ?? []
  }
}
