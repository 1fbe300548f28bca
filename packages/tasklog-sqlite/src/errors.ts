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
  advice:
    'another connection held the write lock for too long. Try again, keep your own transactions short, or raise busyTimeout.',
}
const FULL: Meaning = {
  code: 'store_full',
  retryable: true,
  advice: 'there is no room left. Nothing of this call was stored. Free some space and try again.',
}
const READ_ONLY: Meaning = {
  code: 'store_read_only',
  retryable: false,
  advice: 'it cannot be written to. Check the permissions of the file and its folder, and how it was opened.',
}
const CORRUPT: Meaning = {
  code: 'store_corrupt',
  retryable: false,
  advice:
    'it is damaged, or no SQLite database. Stop every process that uses it and keep a copy; then restore a backup, or save what is left with the .recover command of the sqlite3 shell.',
}
const UNAVAILABLE: Meaning = {
  code: 'store_unavailable',
  retryable: true,
  advice: 'it cannot be opened, read or written now. Check the path, the disk and the permissions.',
}
const REFUSED: Meaning = {
  code: 'store_refused',
  retryable: false,
  advice:
    'SQLite refused the statement. This is a defect of the log or a database changed by hand; waybill doctor names differences.',
}
const SYMBOLIC_LINK: Meaning = {
  code: 'store_refused',
  retryable: false,
  advice: 'it is a symbolic link. Name the file itself.',
}

/** By SQLite's primary result code (https://www.sqlite.org/rescode.html); extended codes begin with theirs. */
const BY_SQLITE_CODE: ReadonlyMap<string, Meaning> = new Map([
  ['SQLITE_BUSY', CONTENTION],
  ['SQLITE_LOCKED', CONTENTION],
  ['SQLITE_FULL', FULL],
  ['SQLITE_READONLY', READ_ONLY],
  ['SQLITE_CORRUPT', CORRUPT],
  ['SQLITE_NOTADB', CORRUPT],
  ['SQLITE_CANTOPEN', UNAVAILABLE],
  ['SQLITE_IOERR', UNAVAILABLE],
  ['SQLITE_NOMEM', UNAVAILABLE],
  ['SQLITE_PROTOCOL', UNAVAILABLE],
])

/** By the code of a failed system call on the file. */
const BY_SYSTEM_CODE: ReadonlyMap<string, Meaning> = new Map([
  ['EACCES', READ_ONLY],
  ['EPERM', READ_ONLY],
  ['EROFS', READ_ONLY],
  ['ENOSPC', FULL],
  ['EDQUOT', FULL],
  ['ELOOP', SYMBOLIC_LINK],
  ['ENOENT', UNAVAILABLE],
  ['ENOTDIR', UNAVAILABLE],
  ['EISDIR', UNAVAILABLE],
  ['EMFILE', UNAVAILABLE],
  ['ENFILE', UNAVAILABLE],
  ['EIO', UNAVAILABLE],
])

/** The native code of an error from SQLite or the file system; null for any other. */
export function nativeCode(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' && (code.startsWith('SQLITE_') || BY_SYSTEM_CODE.has(code)) ? code : null
}

/** Another connection is in the way; the same may succeed in a moment. */
export function isBusy(error: unknown): boolean {
  return (
    meaningOf(nativeCode(error) ?? '') === CONTENTION || WaybillError.isInstance(error, 'store_contention')
  )
}

/** A fault of SQLite as ours; errors of any other kind are answered as they are. */
export function toStoreError(error: unknown, database: string): unknown {
  const native = nativeCode(error)
  if (native === null) return error
  const { code, retryable, advice } = meaningOf(native)
  return new StoreError(code, `The database ${database}: ${advice} (${native})`, {
    cause: error,
    nativeCode: native,
    retryable,
  })
}

/**
 * A commit that failed while it was written: it may be on the disk whole, and then it will be found there.
 */
export function outcomeUnknown(error: unknown, database: string): StoreError {
  const native = nativeCode(error)
  return new StoreError(
    'outcome_unknown',
    `The database ${database} failed while it committed; whether the change was stored is unknown. Read it back, or repeat the call with the same idempotency key. (${native})`,
    { cause: error, nativeCode: native },
  )
}

function meaningOf(native: string): Meaning {
  const primary = native.split('_').slice(0, 2).join('_')
  return BY_SYSTEM_CODE.get(native) ?? BY_SQLITE_CODE.get(primary) ?? REFUSED
}
