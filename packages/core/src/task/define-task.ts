import { InvalidInputError } from '../errors/errors.ts'
import { DEFAULT_BACKOFF } from '../time/backoff.ts'
import { durationMs } from '../time/duration.ts'
import { checkTaskName } from '../validation/names.ts'
import { checkInteger } from '../validation/numbers.ts'
import { TASK_CATEGORIES } from './category.ts'
import type { TaskDefinition, TaskDefinitionOptions } from './task-types.ts'

/**
 * Defines a task: its name, the input it takes and what it does.
 *
 * @throws InvalidInputError naming the option that is wrong
 */
export function defineTask<Parameters = undefined, Input = Parameters>(
  options: TaskDefinitionOptions<Input, Parameters>,
): TaskDefinition<Input, Parameters> {
  const { queue, label, retry = {}, category = 'unknown', timeout, remote } = options
  const path = `task ${JSON.stringify(options.name)}`
  checkTaskName(options.name, 'name')
  if (typeof options.run !== 'function') throw new InvalidInputError(`${path}.run`, 'expected a function')
  if (!TASK_CATEGORIES.includes(category)) {
    throw new InvalidInputError(`${path}.category`, `expected one of ${TASK_CATEGORIES.join(', ')}`)
  }
  if (options.limit !== undefined)
    checkInteger(options.limit.concurrency, `${path}.limit.concurrency`, 1, 32_767)
  return Object.freeze({
    name: options.name,
    input: options.input ?? null,
    category,
    queue: typeof queue === 'function' ? queue : () => queue,
    label: typeof label === 'function' ? label : () => label ?? options.name,
    attempts: checkInteger(retry.attempts ?? 3, `${path}.retry.attempts`, 1, 32_767),
    backoff: { ...DEFAULT_BACKOFF, ...retry.backoff },
    timeoutMs: timeout === undefined ? null : durationMs(timeout, `${path}.timeout`),
    priority: checkInteger(options.priority ?? 0, `${path}.priority`, -32_768, 32_767),
    limit: options.limit ?? null,
    remote:
      remote === undefined
        ? null
        : {
            status: remote.status,
            intervalMs: durationMs(remote.interval ?? '5s', `${path}.remote.interval`),
          },
    run: (parameters: Parameters, context) => options.run(parameters, context),
  })
}
