import { WaybillError } from '@waybill/core'
import { describe, expect, test } from 'vitest'
import { isConnectionFault, isDuplicate, isRolledBack, outcomeUnknown, toStoreError } from './errors.ts'

/** An error as the driver makes it of what the server sent. */
function sent(errno: number, code?: string): Error {
  return Object.assign(new Error('text in any language'), { errno, code, sqlState: 'HY000', sql: 'secret' })
}

/** An error as the driver makes it when a connection breaks. */
function broken(code: string): Error {
  return Object.assign(new Error('text'), { errno: -111, code, fatal: true })
}

describe('a fault of the database', () => {
  test.each([
    [1213, 'store_contention', true],
    [1205, 'store_contention', true],
    [1020, 'store_contention', true],
    [1317, 'store_contention', true],
    [1040, 'store_unavailable', true],
    [1053, 'store_unavailable', true],
    [1927, 'store_unavailable', true],
    [1290, 'store_read_only', true],
    [1792, 'store_read_only', true],
    [1836, 'store_read_only', true],
    [1114, 'store_full', true],
    [1194, 'store_corrupt', false],
    [1146, 'schema_missing', false],
    [1054, 'schema_drifted', false],
    [1142, 'store_refused', false],
    [1045, 'store_refused', false],
    [1153, 'store_refused', false],
    [1665, 'store_refused', false],
    [9999, 'store_refused', false],
  ])('%i is %s', (errno, code, retryable) => {
    expect(toStoreError(sent(errno))).toMatchObject({ code, retryable, nativeCode: String(errno) })
  })

  test('names the native code, and keeps neither the statement nor its values', () => {
    const error = toStoreError(sent(1213, 'ER_LOCK_DEADLOCK')) as WaybillError
    expect(error).toMatchObject({ nativeCode: '1213 ER_LOCK_DEADLOCK' })
    expect(error.message).toContain('1213 ER_LOCK_DEADLOCK')
    expect(error.cause).not.toHaveProperty('sql')
    expect(outcomeUnknown(sent(1927)).cause).not.toHaveProperty('sql')
  })

  test('of the way to it is unavailable', () => {
    for (const code of ['ECONNREFUSED', 'PROTOCOL_CONNECTION_LOST', 'PROTOCOL_SEQUENCE_TIMEOUT']) {
      expect(toStoreError(broken(code))).toMatchObject({
        code: 'store_unavailable',
        nativeCode: code,
        retryable: true,
      })
    }
  })

  test('is none when it is ours, or a mistake', () => {
    for (const error of [new WaybillError('closed', 'm'), new TypeError('m'), 'text', undefined]) {
      expect(toStoreError(error)).toBe(error)
      expect(isConnectionFault(error)).toBe(false)
    }
  })
})

test('what may be repeated is told from what may not', () => {
  expect([1213, 1205, 1020, 1062, 1114, 1040].filter((errno) => isRolledBack(sent(errno)))).toEqual([
    1213, 1205, 1020,
  ])
  expect(
    [1213, 1040, 1053, 1290, 1836, 1045, 1114].filter((errno) => isConnectionFault(sent(errno))),
  ).toEqual([1040, 1053, 1290, 1836])
  expect([1062, 1586, 1213].filter((errno) => isDuplicate(sent(errno)))).toEqual([1062, 1586])
})
