import { InvalidInputError } from '../errors/errors.ts'
import { definitionOf } from './abstract-task.ts'
import type { AnyTaskDefinition, TaskType } from './task-types.ts'

/**
 * The tasks a worker can run, by name. A name in the log runs nothing that is not in here: no path, class or callable
 * ever comes from a row or a message.
 */
export class TaskRegistry {
  readonly #definitions: Map<string, AnyTaskDefinition> = new Map()

  /** @param tasks definitions and task classes; two with one name are refused */
  constructor(tasks: Iterable<TaskType> = []) {
    for (const task of tasks) this.register(task)
  }

  /** Adds a task. The same one twice is fine; another one of the same name is refused. */
  register(task: TaskType): this {
    const definition = definitionOf(task)
    const existing = this.#definitions.get(definition.name)
    if (existing !== undefined && existing !== definition) {
      throw new InvalidInputError('tasks', `two tasks are named ${JSON.stringify(definition.name)}`)
    }
    this.#definitions.set(definition.name, definition)
    return this
  }

  /** The task of that name. */
  get(name: string): AnyTaskDefinition | undefined {
    return this.#definitions.get(name)
  }

  /** All names. */
  names(): readonly string[] {
    return [...this.#definitions.keys()]
  }
}
