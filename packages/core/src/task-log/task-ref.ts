import { InvalidInputError } from '../errors/errors.ts'
import { show } from '../validation/show.ts'

/** A task by its id, or anything that has one: an entry, an enqueued task. */
export type TaskRef = string | { readonly id: string }

/**
 * The id of a task.
 * @throws InvalidInputError when there is no text that could be one
 */
export function idOf(task: TaskRef): string {
  const id: unknown = typeof task === 'object' && task !== null ? task.id : task
  if (typeof id === 'string' && id.length <= 100) return id
  throw new InvalidInputError('id', `expected a task or its id, got ${show(id)}`)
}
