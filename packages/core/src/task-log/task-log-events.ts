import type { TaskLogEntity } from './task-log-entity.ts'

/** What a listener of a {@link TaskLogEvents} is told. */
export interface TaskLogChange {
  /** The entry, as it is after the change. */
  readonly entry: TaskLogEntity
  /** It was forced. */
  readonly forced: boolean
}

/** What the task log service tells of. */
export type TaskLogEvent = 'archived' | 'cancelled'

/** Hears of a change. */
export type TaskLogListener = (change: TaskLogChange) => unknown

/** Tells listeners of changes that somebody made through this service. */
export class TaskLogEvents {
  readonly #listeners: Record<TaskLogEvent, Set<TaskLogListener>> = {
    archived: new Set(),
    cancelled: new Set(),
  }

  /** Listens; answers a function that ends it. */
  on(event: TaskLogEvent, listener: TaskLogListener): () => void {
    const own: TaskLogListener = (change) => listener(change)
    this.#listeners[event].add(own)
    return () => void this.#listeners[event].delete(own)
  }

  /** Whether anybody listens. */
  has(event: TaskLogEvent): boolean {
    return this.#listeners[event].size > 0
  }

  /**
   * Tells all listeners, before the caller's promise resolves. What one throws cannot undo the change, nor keep the
   * others from hearing of it: it becomes an unhandled rejection, as an error in a listener of an EventTarget does.
   */
  emit(event: TaskLogEvent, change: TaskLogChange): void {
    for (const listener of this.#listeners[event]) void Promise.resolve(change).then(listener)
  }
}
