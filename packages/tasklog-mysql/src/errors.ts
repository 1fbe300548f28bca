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
    'the statement was cancelled: by a timeout of the server, or by somebody. Try again; raise max_statement_time.',
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
  advice: 'there is no such database, or none was named. Create it, or correct the address.',
}
const TOO_LARGE: Meaning = {
  code: 'store_refused',
  retryable: false,
  advice: 'the statement is larger than the server takes. Raise max_allowed_packet to 16 MB or more.',
}
const BINLOG_FORMAT: Meaning = {
  code: 'store_refused',
  retryable: false,
  advice: 'its binary log cannot take READ COMMITTED. Set binlog_format to ROW or MIXED.',
}
const REFUSED: Meaning = {
  code: 'store_refused',
  retryable: false,
  advice: 'it refused the statement. This is a defect of the log or a database changed by hand.',
}

/**
 * By error number: names differ between the servers and are not all known to the driver
 * (https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html, https://mariadb.com/kb/en/mariadb-error-codes/).
 */
const BY_NUMBER: ReadonlyMap<number, Meaning> = new Map([
  [1020, CONTENTION],
  [1021, FULL],
  [1034, CORRUPT],
  [1035, CORRUPT],
  [1037, UNAVAILABLE],
  [1040, UNAVAILABLE],
  [1041, UNAVAILABLE],
  [1044, FORBIDDEN],
  [1045, FORBIDDEN],
  [1046, NO_DATABASE],
  [1049, NO_DATABASE],
  [1053, UNAVAILABLE],
  [1054, DRIFTED],
  [1114, FULL],
  [1142, FORBIDDEN],
  [1143, FORBIDDEN],
  [1146, MISSING],
  [1153, TOO_LARGE],
  [1194, CORRUPT],
  [1195, CORRUPT],
  [1203, UNAVAILABLE],
  [1205, CONTENTION],
  [1213, CONTENTION],
  [1226, UNAVAILABLE],
  [1227, FORBIDDEN],
  [1290, READ_ONLY],
  [1317, TOO_SLOW],
  [1665, BINLOG_FORMAT],
  [1698, FORBIDDEN],
  [1712, CORRUPT],
  [1792, READ_ONLY],
  [1836, READ_ONLY],
  [1927, UNAVAILABLE],
  [1969, TOO_SLOW],
  [3024, TOO_SLOW],
  [3168, UNAVAILABLE],
  [3169, UNAVAILABLE],
  [4031, UNAVAILABLE],
])

/** A row with the same unique key is there (ER_DUP_ENTRY, ER_DUP_ENTRY_WITH_KEY_NAME). */
const DUPLICATES: ReadonlySet<number> = new Set([1062, 1586])

/** Waits that ended, and deadlocks: the transaction, or with 1205 its last statement only, was rolled back. */
const ROLLED_BACK: ReadonlySet<number> = new Set([1020, 1205, 1213])

interface NativeError extends Error {
  readonly errno?: unknown
  readonly code?: unknown
  /** Set by the server's errors alone. */
  readonly sqlState?: unknown
  /** The connection is of no use any more. */
  readonly fatal?: unknown
  /** The whole statement, values included. */
  sql?: unknown
}

/** The number of an error that the server sent; null for any other. */
export function errorNumber(error: unknown): number | null {
  const native = error as NativeError
  const isSent = error instanceof Error && 'errno' in native && 'sqlState' in native
  return isSent && typeof native.errno === 'number' ? native.errno : null
}

/** The transaction is surely not committed and worth another attempt. */
export function isRolledBack(error: unknown): boolean {
  return ROLLED_BACK.has(errorNumber(error) ?? 0)
}

/** A row with this id, or this idempotency key, is there already. */
export function isDuplicate(error: unknown): boolean {
  return DUPLICATES.has(errorNumber(error) ?? 0)
}

/** A table is not there. */
export function isMissingTable(error: unknown): boolean {
  return meaningOf(errorNumber(error) ?? 0) === MISSING
}

/**
 * The connection is of no use any more: broken, shut down, or to a server that has become read-only. Besides what the
 * server sends, mysql2 fails in no other way: its own errors are about the connection and often have no code.
 */
export function isConnectionFault(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) return false
  if (WaybillError.isInstance(error)) return false
  const number = errorNumber(error)
  if (number === null) return true
  const meaning = meaningOf(number)
  return meaning === UNAVAILABLE || meaning === READ_ONLY
}

/** A fault of the database or of the way to it as ours; errors of any other kind are answered as they are. */
export function toStoreError(error: unknown): unknown {
  const number = errorNumber(error)
  if (number === null && !isConnectionFault(error)) return error
  const { code, retryable, advice } = number === null ? UNAVAILABLE : meaningOf(number)
  const native = nativeCode(error)
  return new StoreError(code, `MySQL: ${advice}${native === null ? '' : ` (${native})`}`, {
    cause: withoutStatement(error),
    nativeCode: native,
    retryable,
  })
}

/** The connection broke while it committed, and the call is none that can be repeated. */
export function outcomeUnknown(error: unknown): StoreError {
  return new StoreError(
    'outcome_unknown',
    'The connection to MySQL broke during a commit; whether the change was stored is unknown. Read it back.',
    { cause: withoutStatement(error), nativeCode: nativeCode(error) },
  )
}

/** Tasks' data is in the statement, and whoever logs an error logs its causes. */
function withoutStatement(error: unknown): unknown {
  if (error instanceof Error && 'sql' in error) delete (error as NativeError).sql
  return error
}

/** For example `1213 ER_LOCK_DEADLOCK` or `ECONNREFUSED`. */
function nativeCode(error: unknown): string | null {
  const { code } = error as NativeError
  const parts = [errorNumber(error), typeof code === 'string' ? code : null]
  return parts.filter((part) => part !== null).join(' ') || null
}

function meaningOf(number: number): Meaning {
  return BY_NUMBER.get(number) ?? REFUSED
}
