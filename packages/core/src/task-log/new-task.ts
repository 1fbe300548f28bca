import { InvalidInputError } from '../errors/errors.ts'
import { createTaskId, isTaskId } from '../identity/id.ts'
import { encodeJson } from '../json/encode.ts'
import { fingerprint } from '../json/fingerprint.ts'
import { TASK_CATEGORIES, type TaskCategory } from '../task/category.ts'
import { type Duration, durationMs } from '../time/duration.ts'
import { checkInstant } from '../validation/instants.ts'
import { checkKey, checkLabel, checkQueueName, checkTaskName } from '../validation/names.ts'
import { checkInteger } from '../validation/numbers.ts'
import { checkObject } from '../validation/objects.ts'
import { checkOneOf } from '../validation/one-of.ts'
import { show } from '../validation/show.ts'
import type { NewTaskLogRecord } from './task-log-record.ts'

/** An entry to add to the log, with friendly types; what is optional has the default it names. */
export interface NewTask {
  /** Lower-case UUID version 7. Default: a new one. */
  readonly id?: string
  /** The name the worker's registry resolves: 1 to 190 letters, digits and `._:/-`. */
  readonly taskName: string
  /** Whose task it is: 1 to 190 characters. */
  readonly owner: string
  /** Default `default`. */
  readonly queue?: string
  /** What the task works on: JSON, at most 1 MB. Default null. */
  readonly parameters?: unknown
  /** What it is called for people, at most 255 characters. Default: its name. */
  readonly label?: string
  /** Default `unknown`. */
  readonly category?: TaskCategory
  /** Facts beside the parameters: a JSON object. */
  readonly metadata?: Readonly<Record<string, unknown>> | null
  /** The task that waits for this one. */
  readonly parentId?: string | null
  /** The claim token of the parent, when its worker adds the child. */
  readonly parentToken?: string | null
  /** Its children never change its status. Default false. */
  readonly masterStatus?: boolean
  /** Smaller first, -32768 to 32767. Default 0. */
  readonly priority?: number
  /** Adds once per key and owner. */
  readonly idempotencyKey?: string | null
  /** Tasks that share a key share {@link NewTask.limitMax} slots; both or neither. */
  readonly limitKey?: string | null
  /** How many of the key may be ready or held at once. */
  readonly limitMax?: number | null
  /** 1 to 32767. Default 3. */
  readonly attempts?: number
  /** Not before this time has passed, by the log's clock. */
  readonly delay?: Duration
  /** Not before this instant. */
  readonly runAt?: Date | null
}

/** What is not given may also be given as undefined. */
type Unset<Shape> = { readonly [Name in keyof Shape]: Shape[Name] | undefined }

/**
 * The entry an adapter is handed: checked, encoded, every default applied.
 *
 * @param nowMs the clock that goes into a new id
 * @throws InvalidInputError naming what is wrong
 */
export function newTaskRecord(task: Unset<NewTask>, nowMs: number): NewTaskLogRecord {
  const {
    idempotencyKey = null,
    limitKey = null,
    limitMax = null,
    metadata = null,
    runAt = null,
    delay,
  } = checkObject(task, 'task')
  const taskName = checkTaskName(task.taskName, 'taskName')
  const parameters = encodeJson(task.parameters ?? null, 'parameters')
  if (delay !== undefined && runAt !== null)
    throw new InvalidInputError('runAt', 'give either delay or runAt, not both')
  if ((limitKey === null) !== (limitMax === null))
    throw new InvalidInputError('limitMax', 'give limitKey and limitMax')
  return {
    id: task.id === undefined ? createTaskId(nowMs) : checkId(task.id, 'id'),
    parentId: task.parentId == null ? null : checkId(task.parentId, 'parentId'),
    parentToken: task.parentToken == null ? null : checkKey(task.parentToken, 'parentToken'),
    taskName,
    queue: checkQueueName(task.queue ?? 'default', 'queue'),
    parameters,
    label: checkLabel(task.label ?? taskName, 'label'),
    owner: checkKey(task.owner, 'owner'),
    category: checkOneOf(task.category ?? 'unknown', 'category', TASK_CATEGORIES),
    metadata: metadata === null ? null : encodeJson(checkObject(metadata, 'metadata'), 'metadata'),
    masterStatus: checkBoolean(task.masterStatus ?? false, 'masterStatus'),
    priority: checkInteger(task.priority ?? 0, 'priority', -32_768, 32_767),
    idempotencyKey: idempotencyKey === null ? null : checkKey(idempotencyKey, 'idempotencyKey'),
    fingerprint: idempotencyKey === null ? null : fingerprint(taskName, parameters),
    limitKey: limitKey === null ? null : checkKey(limitKey, 'limitKey'),
    limitMax: limitMax === null ? null : checkInteger(limitMax, 'limitMax', 1, 32_767),
    maxAttempts: checkInteger(task.attempts ?? 3, 'attempts', 1, 32_767),
    delayMs: delay === undefined ? 0 : durationMs(delay, 'delay'),
    dueAt: runAt === null ? null : checkInstant(runAt, 'runAt'),
  }
}

/** A task id, as core writes them. */
export function checkId(value: unknown, path: string): string {
  if (isTaskId(value)) return value
  throw new InvalidInputError(path, `expected a task id (a lower-case UUID), got ${show(value)}`)
}

function checkBoolean(value: unknown, path: string): boolean {
  if (typeof value === 'boolean') return value
  throw new InvalidInputError(path, `expected true or false, got ${show(value)}`)
}
