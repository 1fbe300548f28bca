import type { TaskLogEntity, TaskLogEntityJson } from './task-log-entity.ts'

/** One page of entries. */
export class TaskLogCollection implements Iterable<TaskLogEntity> {
  /** The entries, in the order of the search. */
  readonly items: readonly TaskLogEntity[]
  /** Where the next page begins, for `TaskLogFilter.after`; null on the last page. */
  readonly nextCursor: string | null

  /** @param items the entries; @param nextCursor where the next page begins */
  constructor(items: readonly TaskLogEntity[], nextCursor: string | null) {
    this.items = items
    this.nextCursor = nextCursor
  }

  /** How many entries are on this page. */
  get length(): number {
    return this.items.length
  }

  /** The entries, in the order of the search. */
  [Symbol.iterator](): Iterator<TaskLogEntity> {
    return this.items[Symbol.iterator]()
  }

  /** The page as plain data. */
  toJSON(): { readonly items: readonly TaskLogEntityJson[]; readonly nextCursor: string | null } {
    return { items: this.items.map((entity) => entity.toJSON()), nextCursor: this.nextCursor }
  }
}
