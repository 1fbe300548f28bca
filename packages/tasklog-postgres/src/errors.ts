import { StoreError, WaybillError } from '@waybill/core'

type StoreCode = ConstructorParameters<typeof StoreError>[0]

interface Meaning {
  readonly code: StoreCode
  readonly retryable: boolean
  readonly advice: string
}

const CONTENTION: Meaning = {
  code: 'store_contention',
  retryable: true,
  advice: 'other transactions were in the way for too long. Try again, and keep your own transactions short.',
}
const TOO_SLOW: Meaning = {
  code: 'store_contention',
  retryable: true,
  advice:
    'the statement was cancelled: a timeout of the server, or somebody. Try again; raise statement_timeout.',
}
const UNAVAILABLE: Meaning = {
  code: 'store_unavailable',
  retryable: true,
  advice:
    'it cannot be reached, or the connection broke. Check that it runs, the address, and its connection limit.',
}
const READ_ONLY: Meaning = {
  code: 'store_read_only',
  retryable: true,
  advice: 'it takes no writes now. After a failover the address may still lead to the old primary.',
}
const FULL: Meaning = {
  code: 'store_full',
  retryable: true,
  advice: 'there is no room left. Nothing of this call was stored. Free some space and try again.',
}
const CORRUPT: Meaning = {
  code: 'store_corrupt',
  retryable: false,
  advice: 'it found its own data damaged. Stop every process that uses it and restore a backup.',
}
const MISSING: Meaning = {
  code: 'schema_missing',
  retryable: false,
  advice: 'a table of the log is not there. Run: waybill schema up',
}
const DRIFTED: Meaning = {
  code: 'schema_drifted',
  retryable: false,
  advice: 'the tables are not as this release made them. waybill doctor names the differences.',
}
const FORBIDDEN: Meaning = {
  code: 'store_refused',
  retryable: false,
  advice: 'the user is unknown or lacks a privilege. Check user, password and grants.',
}
const NO_DATABASE: Meaning = {
  code: 'store_refused',
  retryable: false,
  advice: 'there is no such database. Create it, or correct the address.',
}
const NOT_PREPARED: Meaning = {
  code: 'store_refused',
  retryable: false,
  advice: 'a prepared statement was lost between two uses. Behind a transaction pooler set prepare: false.',
}
const REFUSED: Meaning = {
  code: 'store_refused',
  retryable: false,
  advice: 'it refused the statement. This is a defect of the log or a database changed by hand.',
}

/** By SQLSTATE, or its first two characters (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const BY_SQLSTATE: ReadonlyMap<string, Meaning> = new Map([
  ['08', UNAVAILABLE],
  ['25006', READ_ONLY],
  ['25P03', UNAVAILABLE],
  ['25P04', UNAVAILABLE],
  ['26000', NOT_PREPARED],
  ['28', FORBIDDEN],
  ['3D000', NO_DATABASE],
  ['3F000', MISSING],
  ['40001', CONTENTION],
  ['40P01', CONTENTION],
  ['42501', FORBIDDEN],
  ['42703', DRIFTED],
  ['42P01', MISSING],
  ['42P05', NOT_PREPARED],
  ['53', UNAVAILABLE],
  ['53100', FULL],
  ['55P03', CONTENTION],
  ['57', UNAVAILABLE],
  ['57014', TOO_SLOW],
  ['58', UNAVAILABLE],
  ['XX001', CORRUPT],
  ['XX002', CORRUPT],
])

/** The transaction was rolled back because of others; the same may succeed in a moment. */
const ROLLED_BACK: ReadonlySet<string> = new Set(['40001', '40P01', '55P03'])

/** The SQLSTATE of an error that the server sent; null for any other. */
export function sqlState(error: unknown): string | null {
  const isSent = error instanceof Error && 'severity' in error && 'code' in error
  return isSent && typeof error.code === 'string' ? error.code : null
}

/** The transaction is surely rolled back and worth another attempt. */
export function isRolledBack(error: unknown): boolean {
  return ROLLED_BACK.has(sqlState(error) ?? '')
}

/**
 * The connection is of no use any more: broken, shut down, or to a server that has become read-only. Besides what the
 * server sends, pg fails in no other way: its own errors are about the connection and often have no code.
 */
export function isConnectionFault(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) return false
  if (WaybillError.isInstance(error)) return false
  const state = sqlState(error)
  return state === null || (meaningOf(state) === UNAVAILABLE && !state.startsWith('53')) || state === '25006'
}

/** A fault of PostgreSQL or of the way to it as ours; errors of any other kind are answered as they are. */
export function toStoreError(error: unknown): unknown {
  const state = sqlState(error)
  if (state === null && !isConnectionFault(error)) return error
  const nativeCode = state ?? systemCode(error)
  const { code, retryable, advice } = state === null ? UNAVAILABLE : meaningOf(state)
  return new StoreError(code, `PostgreSQL: ${advice}${nativeCode === null ? '' : ` (${nativeCode})`}`, {
    cause: withoutData(error, state),
    nativeCode,
    retryable,
  })
}

/** What the server says of a fault holds the row, or the value, that it is about; what a task holds is no matter of logs. */
function withoutData(error: unknown, state: string | null): unknown {
  if (state === null) return error
  const isAboutValue = state.startsWith('22')
  return isAboutValue ? undefined : Object.assign(error as Error, { detail: undefined, where: undefined })
}

/** The connection broke when the server may have stored the change, and it could not be asked what became of it. */
export function outcomeUnknown(error: unknown): StoreError {
  return new StoreError(
    'outcome_unknown',
    'The connection to PostgreSQL broke while it may have stored the change; whether it did is unknown. Read it back, or repeat the call with the same idempotency key.',
    { cause: error, nativeCode: sqlState(error) ?? systemCode(error) },
  )
}

function systemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}

function meaningOf(state: string): Meaning {
  return BY_SQLSTATE.get(state) ?? BY_SQLSTATE.get(state.slice(0, 2)) ?? REFUSED
}
