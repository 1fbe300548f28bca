import { StoreError, WaybillError } from '@waybill/core'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { isBusy, outcomeUnknown, toStoreError } from './errors.ts'

test.each([
  ['SQLITE_BUSY', 'store_contention', true],
  ['SQLITE_BUSY_SNAPSHOT', 'store_contention', true],
  ['SQLITE_BUSY_RECOVERY', 'store_contention', true],
  ['SQLITE_LOCKED', 'store_contention', true],
  ['SQLITE_FULL', 'store_full', true],
  ['SQLITE_READONLY', 'store_read_only', false],
  ['SQLITE_READONLY_DBMOVED', 'store_read_only', false],
  ['SQLITE_CORRUPT_INDEX', 'store_corrupt', false],
  ['SQLITE_NOTADB', 'store_corrupt', false],
  ['SQLITE_CANTOPEN', 'store_unavailable', true],
  ['SQLITE_IOERR_WRITE', 'store_unavailable', true],
  ['SQLITE_CONSTRAINT_UNIQUE', 'store_refused', false],
  ['SQLITE_TOOBIG', 'store_refused', false],
  ['SQLITE_ERROR', 'store_refused', false],
])('%s is %s, retryable: %s', (nativeCode, code, retryable) => {
  const cause = new Database.SqliteError('whatever it says', nativeCode)
  const error = toStoreError(cause, '/data/log.db') as StoreError
  expect(error).toBeInstanceOf(StoreError)
  expect(error).toMatchObject({ code, nativeCode, retryable, cause })
  expect(error.message).toMatch(/^The database \/data\/log\.db: .*\. \(SQLITE_/)
  expect(isBusy(cause)).toBe(code === 'store_contention')
})

test.each([
  ['EACCES', 'store_read_only'],
  ['EROFS', 'store_read_only'],
  ['ENOSPC', 'store_full'],
  ['ELOOP', 'store_refused'],
  ['ENOENT', 'store_unavailable'],
])('the system call that failed with %s is %s', (nativeCode, code) => {
  const error = Object.assign(new Error('whatever it says'), { code: nativeCode })
  expect(toStoreError(error, 'log.db')).toMatchObject({ code, nativeCode })
})

test('an error that is not of the store passes as it is', () => {
  const defect = new TypeError('undefined is not a function')
  const ours = new WaybillError('closed', 'closed')
  const other = Object.assign(new Error('no'), { code: 'ERR_OTHER' })
  for (const error of [defect, ours, other, 'text', null]) expect(toStoreError(error, 'log.db')).toBe(error)
})

test('a commit that failed while it was written is neither a success nor a failure', () => {
  const cause = new Database.SqliteError('disk I/O error', 'SQLITE_IOERR_FSYNC')
  expect(outcomeUnknown(cause, 'log.db')).toMatchObject({ code: 'outcome_unknown', retryable: false, cause })
})
