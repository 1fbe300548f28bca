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
  readonly queue: string
  readonly parent: ParentClaim | null
}

/** Makes the entry of a task: the definition's defaults beneath what the caller gave. */
export function newEntry(
  { definition, input, category, options, owner, queue, parent }: EntryParts,
  nowMs: number,
): NewTaskLogRecord {
  const { name, priority, attempts, limit } = definition
  const { label, transaction: _transaction, parent: _parent, ...rest } = options
  const entry = {
    category,
    priority,
    attempts,
    ...rest,
    taskName: name,
    owner,
    queue,
    parameters: input ?? null,
    label: label ?? definition.label(input),
    parentId: parent?.id ?? null,
    parentToken: parent?.token ?? null,
    limitKey: limit === null ? null : limit.key(input, { owner }),
    limitMax: limit === null ? null : limit.concurrency,
  }
  return newTaskRecord(entry, nowMs)
}
