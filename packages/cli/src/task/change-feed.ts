import type { TaskLogEntity, TaskLogFilter } from '@waybill/core'
import type { TaskView } from '../filter/task-view.ts'

/**
 * A change carries the time of its statement, and is seen when its transaction commits: so a little of the past is looked
 * at again each time.
 */
const OVERLAP_MS = 5_000
const PAGE_SIZE = 500

/** Follows the tasks that match, by asking again and again what has changed. */
export class ChangeFeed {
  readonly #view: TaskView
  readonly #filter: TaskLogFilter
  readonly #start: number
  #latest: number
  #seen: ReadonlyMap<string, string> = new Map()

  /** @param start by the log's clock; changes before it are left out */
  constructor(view: TaskView, filter: TaskLogFilter, start: number) {
    this.#view = view
    this.#filter = filter.sortBy('updatedAt').limit(PAGE_SIZE)
    this.#start = start
    this.#latest = start
  }

  /** The tasks that changed since the last call, in the order of their change, each as it is now. */
  async *poll(): AsyncGenerator<TaskLogEntity, void, undefined> {
    const from = Math.max(this.#start, this.#latest - OVERLAP_MS)
    const seen = new Map<string, string>()
    for await (const page of this.#view.pages(this.#filter.gte('updatedAt', from))) {
      for (const entity of page) {
        const version = versionOf(entity)
        seen.set(entity.id, version)
        if (this.#seen.get(entity.id) === version) continue
        yield entity
      }
      const last = page.items.at(-1)?.record.updatedAt
      if (last !== undefined) this.#latest = Math.max(this.#latest, last)
    }
    this.#seen = seen
  }
}

function versionOf({ record, status, attempt }: TaskLogEntity): string {
  return `${record.updatedAt} ${status} ${attempt}`
}
