import { InvalidInputError } from '../errors/errors.ts'
import { TASK_CATEGORIES, type TaskCategory } from '../task/category.ts'
import { checkTaskName } from '../validation/names.ts'
import { checkOneOf } from '../validation/one-of.ts'

/** A task by its name, its definition or its class. */
export type TaskKind =
  | string
  | { readonly name: string; readonly category?: TaskCategory }
  | (abstract new (
      ...parameters: never[]
    ) => object)

/** Which kind of work each task is, by name or class. */
export class TaskCategories {
  readonly #links: Map<unknown, TaskCategory> = new Map()

  /** Links a task, or a class and all that extend it, to a category. */
  link(task: TaskKind, category: TaskCategory): void {
    this.#links.set(keyOf(task), checkOneOf(category, 'category', TASK_CATEGORIES))
  }

  /** What the exact task is linked to, else the nearest class it extends, else what it says itself, else `unknown`. */
  get(task: TaskKind): TaskCategory {
    let kind: unknown = task
    do {
      const linked = this.#links.get(keyOf(kind as TaskKind))
      if (linked !== undefined) return linked
      kind = typeof kind === 'function' ? Object.getPrototypeOf(kind) : null
    } while (typeof kind === 'function' && kind !== Function.prototype)
    const own = typeof task === 'string' ? undefined : (task as { readonly category?: TaskCategory }).category
    return own ?? 'unknown'
  }
}

/** A class that has no name of its own, such as a base class, is known by itself. */
function keyOf(task: TaskKind): unknown {
  if (typeof task === 'string') return checkTaskName(task, 'task')
  if (typeof task === 'function') {
    const named = Object.getOwnPropertyDescriptor(task, 'taskName')?.value
    return typeof named === 'string' && named !== '' ? named : task
  }
  if (typeof task?.name === 'string') return task.name
  throw new InvalidInputError('task', 'expected a task name, a definition or a class')
}
