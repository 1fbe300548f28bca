import type { TaskCategory } from '../task/category.ts'
import type { AnyTaskDefinition, EnqueueOptions } from '../task/task-types.ts'
import { newTaskRecord } from '../task-log/new-task.ts'
import type { NewTaskLogRecord } from '../task-log/task-log-record.ts'

/** The parent of an entry to be, and the token its worker holds it under. */
export interface ParentClaim {
  readonly id: string
  readonly token: string | null
}

/** Everything an entry is made of. */
export interface EntryParts {
  readonly definition: AnyTaskDefinition
  readonly input: unknown
  readonly category: TaskCategory
  readonly options: EnqueueOptions
  readonly owner: string
  readonly queue: { readonly name: string }
  readonly parent: ParentClaim | null
}

/** Makes the entry of a task: the definition's defaults beneath what the caller gave. Every member by name: it is made for each task. */
export function newEntry(
  { definition, input, category, options, owner, queue, parent }: EntryParts,
  nowMs: number,
): NewTaskLogRecord {
  const { limit } = definition
  return newTaskRecord(
    {
      id: undefined,
      taskName: definition.name,
      owner,
      queue: queue.name,
      parameters: input ?? null,
      label: options.label ?? definition.label(input),
      category,
      metadata: options.metadata,
      parentId: parent?.id,
      parentToken: parent?.token,
      masterStatus: options.masterStatus,
      priority: options.priority ?? definition.priority,
      idempotencyKey: options.idempotencyKey,
      limitKey: limit?.key(input, { owner }),
      limitMax: limit?.concurrency,
      attempts: options.attempts ?? definition.attempts,
      delay: options.delay,
      runAt: options.runAt,
    },
    nowMs,
  )
}
