import { InvalidInputError } from '../errors/errors.ts'
import { createTaskId } from '../identity/id.ts'
import { encodeJson } from '../json/encode.ts'
import { fingerprint } from '../json/fingerprint.ts'
import type { AnyTaskDefinition, EnqueueOptions } from '../task/task-types.ts'
import type { NewTaskLogRecord } from '../task-log/task-log-record.ts'
import type { Clock } from '../time/clock.ts'
import { durationMs } from '../time/duration.ts'
import { checkKey, checkLabel } from '../validation/names.ts'
import { checkInteger } from '../validation/numbers.ts'

/** The parent of an entry to be, and the token its worker holds it under. */
export interface ParentClaim {
  readonly id: string
  readonly token: string | null
}

/** Everything an entry is made of. */
export interface EntryParts {
  readonly definition: AnyTaskDefinition
  readonly input: unknown
  readonly options: EnqueueOptions
  readonly owner: string
  readonly queue: string
  readonly parent: ParentClaim | null
  readonly clock: Clock
}

/** Makes the entry of a task: checks what the caller gave, applies the definition's defaults, encodes JSON. */
export function newEntry({
  definition,
  input,
  options,
  owner,
  queue,
  parent,
  clock,
}: EntryParts): NewTaskLogRecord {
  const parameters = encodeJson(input ?? null, 'parameters')
  const { idempotencyKey = null, metadata } = options
  if (options.delay !== undefined && options.runAt !== undefined) {
    throw new InvalidInputError('runAt', 'give either delay or runAt, not both')
  }
  return {
    id: createTaskId(clock.now()),
    parentId: parent?.id ?? null,
    parentToken: parent?.token ?? null,
    taskName: definition.name,
    queue,
    parameters,
    label: checkLabel(options.label ?? definition.label(input), 'label'),
    owner: checkKey(owner, 'owner'),
    category: definition.category,
    metadata: metadata === undefined ? null : encodeJson(metadata, 'metadata'),
    masterStatus: options.masterStatus ?? false,
    priority: checkInteger(options.priority ?? definition.priority, 'priority', -32_768, 32_767),
    idempotencyKey: idempotencyKey === null ? null : checkKey(idempotencyKey, 'idempotencyKey'),
    fingerprint: idempotencyKey === null ? null : fingerprint(definition.name, parameters),
    limitKey:
      definition.limit === null ? null : checkKey(definition.limit.key(input, { owner }), 'limit.key'),
    limitMax: definition.limit?.concurrency ?? null,
    maxAttempts: checkInteger(options.attempts ?? definition.attempts, 'attempts', 1, 32_767),
    delayMs: options.delay === undefined ? 0 : durationMs(options.delay, 'delay'),
    dueAt: options.runAt === undefined ? null : instantMs(options.runAt, 'runAt'),
  }
}

function instantMs(date: Date, path: string): number {
  const ms = date instanceof Date ? date.getTime() : Number.NaN
  if (Number.isNaN(ms)) throw new InvalidInputError(path, 'expected a valid Date')
  return ms
}
