import { WaybillError, type WaybillErrorCode } from './waybill-error.ts'

/** A value handed to Waybill is not what the call takes. Nothing was stored. */
export class InvalidInputError extends WaybillError {
  /** Where the bad value is, for example `parameters.items[3].price`. */
  readonly path: string

  /** @param path where the bad value is; @param message what was expected and what was found */
  constructor(path: string, message: string, options: { code?: WaybillErrorCode; cause?: unknown } = {}) {
    super(options.code ?? 'invalid_input', `${path}: ${message}`, options)
    this.path = path
  }
}

/** What was asked for does not exist, or is not the asker's: the two are never told apart. */
export class NotFoundError extends WaybillError {
  /** What was looked for: a task id, a queue name. */
  readonly id: string

  /** @param what the kind of thing, for example `task`; @param id what was looked for */
  constructor(what: string, id: string, hint = '') {
    super('not_found', `There is no ${what} ${JSON.stringify(id)}.${hint && ` ${hint}`}`)
    this.id = id
  }
}

/** An idempotency key is in use for a task with another name or other parameters. Nothing was stored. */
export class IdempotencyConflictError extends WaybillError {
  /** The task that holds the key. */
  readonly existingId: string

  /** @param key the idempotency key; @param existingId the task that holds it */
  constructor(key: string, existingId: string) {
    super(
      'idempotency_conflict',
      `The idempotency key ${JSON.stringify(key)} belongs to task ${existingId}, which has another name or other parameters. Use another key, or the same parameters.`,
    )
    this.existingId = existingId
  }
}

/** Why a parent takes no child. */
export type ParentRefusal = 'parent_missing' | 'parent_ended' | 'parent_lost' | 'parent_foreign'

const REFUSALS: Readonly<Record<Exclude<ParentRefusal, 'parent_foreign'>, string>> = {
  parent_missing: 'does not exist',
  parent_ended: 'has already ended',
  parent_lost: 'is no longer held by the worker that adds the child',
}

/** A child was refused, because its parent can take no more children. Nothing was stored. */
export class ParentRefusedError extends WaybillError {
  /** The parent that was named. */
  readonly parentId: string
  /** Why it takes no child. */
  readonly refusal: Exclude<ParentRefusal, 'parent_foreign'>

  /** @param parentId the parent that was named; @param refusal why it takes no child */
  constructor(parentId: string, refusal: ParentRefusal) {
    // Another owner's task is not told from one that does not exist.
    const told = refusal === 'parent_foreign' ? 'parent_missing' : refusal
    super('parent_refused', `The parent task ${parentId} ${REFUSALS[told]}; the child was not added.`)
    this.parentId = parentId
    this.refusal = told
  }
}

/** The adapter cannot do this, and its capabilities say so. */
export class NotSupportedError extends WaybillError {
  /** The capability that is missing. */
  readonly capability: string

  /** @param adapter who cannot; @param capability what it cannot; @param hint what to do instead */
  constructor(adapter: string, capability: string, hint = '') {
    super('not_supported', `${adapter} does not support ${capability}.${hint && ` ${hint}`}`)
    this.capability = capability
  }
}

/**
 * The store behind a task log or broker answered with a fault. Adapters map the native code
 * (SQLSTATE, errno, SQLITE_*) to ours, never the English text.
 */
export class StoreError extends WaybillError {
  /** The native code, for example `40P01`, `ER_LOCK_DEADLOCK` or `SQLITE_FULL`. */
  readonly nativeCode: string | null

  /** @param code ours; @param message what happened and what to do; `nativeCode` the store's own */
  constructor(
    code: Extract<WaybillErrorCode, `store_${string}` | `schema_${string}` | 'outcome_unknown'>,
    message: string,
    options: { cause?: unknown; nativeCode?: string | null; retryable?: boolean } = {},
  ) {
    super(code, message, options)
    this.nativeCode = options.nativeCode ?? null
  }
}

/** Why the signal of a running task was aborted. */
export type AbortCause = 'timeout' | 'cancelled' | 'shutdown' | 'lease_lost'

const ABORTS: Readonly<Record<AbortCause, string>> = {
  timeout: 'The task took longer than its timeout.',
  cancelled: 'The task was cancelled.',
  shutdown: 'The worker is shutting down; the task goes back to its queue.',
  lease_lost: 'The worker no longer holds this task; whatever it writes now is refused.',
}

/** The reason of a task's AbortSignal. */
export class TaskAbortedError extends WaybillError {
  /** Why. */
  readonly reason: AbortCause

  /** @param reason why the task's signal was aborted */
  constructor(reason: AbortCause) {
    super('aborted', ABORTS[reason])
    this.reason = reason
  }
}
