const BRAND: unique symbol = Symbol.for('waybill.error') as never

/**
 * Every code a {@link WaybillError} can carry. Codes are stable: they may be added to, never renamed.
 * Each has a heading with cause and fix in `docs/errors.md`.
 */
export type WaybillErrorCode =
  | 'invalid_input'
  | 'payload_too_large'
  | 'not_found'
  | 'not_allowed'
  | 'idempotency_conflict'
  | 'parent_refused'
  | 'not_supported'
  | 'closed'
  | 'aborted'
  | 'schema_missing'
  | 'schema_outdated'
  | 'schema_newer'
  | 'schema_drifted'
  | 'store_unavailable'
  | 'store_contention'
  | 'store_full'
  | 'store_read_only'
  | 'store_corrupt'
  | 'store_refused'
  | 'outcome_unknown'

/**
 * The root of all errors Waybill throws. Branded by `Symbol.for`, so that
 * {@link WaybillError.isInstance} answers right when two copies of core are installed.
 */
export class WaybillError extends Error {
  /** What happened, for programs. */
  readonly code: WaybillErrorCode
  /** True when the same call may succeed later without a change. */
  readonly retryable: boolean

  /**
   * @param code what happened, for programs
   * @param message what happened and what to do next, for people
   */
  constructor(
    code: WaybillErrorCode,
    message: string,
    options: { cause?: unknown; retryable?: boolean } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = new.target.name
    this.code = code
    this.retryable = options.retryable ?? false
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** Whether a value is a Waybill error, from whichever copy of core, optionally with one code. */
  static isInstance(value: unknown, code?: WaybillErrorCode): value is WaybillError {
    return (
      typeof value === 'object' &&
      value !== null &&
      BRAND in value &&
      'code' in value &&
      (code === undefined || value.code === code)
    )
  }
}
