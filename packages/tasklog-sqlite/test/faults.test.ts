import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type { NewTaskLogRecord, StoreError } from '@waybill/core'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { createSqliteTaskLog, type SqliteTaskLog, type SqliteTaskLogOptions } from '../src/index.ts'
import { idOf, newEntry } from './both-logs.ts'
import { temporaryFile } from './temporary-file.ts'

const EVERYTHING = { kind: 'and', nodes: [] } as const

async function openLog(file: string, options?: SqliteTaskLogOptions): Promise<SqliteTaskLog> {
  const log = createSqliteTaskLog({ file }, options)
  onTestFinished(() => log.close())
  await log.createContainer()
  return log
}

async function faultOf(promise: Promise<unknown>): Promise<Partial<StoreError>> {
  const error = await promise.then(
    () => expect.unreachable('the call must fail'),
    (fault: StoreError) => fault,
  )
  const { code, nativeCode, retryable, message } = error
  return { code, nativeCode, retryable, message }
}

function bigEntries(count: number, first = 0): NewTaskLogRecord[] {
  return Array.from({ length: count }, (_, index) =>
    newEntry(first + index, { parameters: JSON.stringify('x'.repeat(10_000)) }),
  )
}

test('a full disk stores nothing of the call and loses nothing that was there', async () => {
  const database = new Database(temporaryFile())
  const log = createSqliteTaskLog({ database })
  await log.createContainer()
  await log.add(bigEntries(3))
  database.pragma(`max_page_count = ${Number(database.pragma('page_count', { simple: true })) + 5}`)
  expect(await faultOf(log.add(bigEntries(20, 3)))).toMatchObject({
    code: 'store_full',
    nativeCode: 'SQLITE_FULL',
    retryable: true,
    message: expect.stringContaining('Free some space'),
  })
  expect(await log.count(EVERYTHING)).toBe(3)
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
  database.pragma('max_page_count = 1000000')
  await log.add(bigEntries(20, 3))
  expect(await log.count(EVERYTHING)).toBe(23)
  database.close()
})

test('a database that was opened read-only is read, and its writes fail with what to do', async () => {
  const file = temporaryFile()
  await (await openLog(file)).add([newEntry(0)])
  const database = new Database(file, { readonly: true })
  const log = createSqliteTaskLog({ database })
  expect(await log.count(EVERYTHING)).toBe(1)
  expect(await faultOf(log.add([newEntry(1)]))).toMatchObject({
    code: 'store_read_only',
    nativeCode: 'SQLITE_READONLY',
    retryable: false,
    message: expect.stringContaining('permissions'),
  })
  database.close()
})

test('a file that is no database is refused and left as it is', async () => {
  const file = temporaryFile()
  const garbage = 'This is a letter, not a database. '.repeat(100)
  writeFileSync(file, garbage)
  const log = createSqliteTaskLog({ file })
  expect(await faultOf(log.createContainer())).toMatchObject({
    code: 'store_corrupt',
    nativeCode: 'SQLITE_NOTADB',
    retryable: false,
    message: expect.stringContaining('restore a backup'),
  })
  await log.close()
  expect(readFileSync(file, 'utf8')).toBe(garbage)
})

test('a damaged file is told from a busy one', async () => {
  const file = temporaryFile()
  const log = createSqliteTaskLog({ file })
  await log.createContainer()
  await log.add(bigEntries(50))
  await log.close()
  const bytes = readFileSync(file)
  bytes.fill(0xff, 8192, statSync(file).size - 4096)
  writeFileSync(file, bytes)
  const damaged = createSqliteTaskLog({ file })
  const fault = faultOf(
    damaged.search({
      where: EVERYTHING,
      sort: 'label',
      direction: 'ascending',
      limit: 100,
      offset: 0,
      after: null,
      omit: [],
    }),
  )
  expect(await fault).toMatchObject({
    code: 'store_corrupt',
    nativeCode: expect.stringMatching(/^SQLITE_CORRUPT/),
  })
  await damaged.close()
})

test('a call waits for another process that holds the lock, without blocking this one', async () => {
  const file = temporaryFile()
  const log = await openLog(file)
  const holder = fork(new URL('./lock-holder.ts', import.meta.url), [file])
  await once(holder, 'message')
  let isDone = false
  const added = log.add([newEntry(0)]).finally(() => {
    isDone = true
  })
  for (let turn = 0; turn < 20; turn += 1) {
    await setTimeout(1)
    expect(isDone).toBe(false)
  }
  void holder.send('release')
  expect(await added).toEqual([{ outcome: 'added', id: idOf(0) }])
  expect(await log.count(EVERYTHING)).toBe(1)
})

test('a lock that is held for too long fails the call with contention, and nothing is stored', async () => {
  const file = temporaryFile()
  const log = await openLog(file, { busyTimeout: '100ms' })
  const holder = fork(new URL('./lock-holder.ts', import.meta.url), [file])
  await once(holder, 'message')
  const begun = performance.now()
  expect(await faultOf(log.add([newEntry(0)]))).toMatchObject({
    code: 'store_contention',
    nativeCode: 'SQLITE_BUSY',
    retryable: true,
    message: expect.stringContaining('busyTimeout'),
  })
  expect(performance.now() - begun).toBeGreaterThanOrEqual(100)
  expect(await log.count(EVERYTHING)).toBe(0)
  void holder.send('release')
  await once(holder, 'exit')
  expect(await log.add([newEntry(0)])).toMatchObject([{ outcome: 'added' }])
})

test('a call on a database that was handed in waits until its transaction has ended', async () => {
  const database = new Database(':memory:')
  const log = createSqliteTaskLog({ database }, { busyTimeout: '50ms' })
  await log.createContainer()
  database.exec('BEGIN')
  expect(await faultOf(log.add([newEntry(0)]))).toMatchObject({
    code: 'store_contention',
    message: expect.stringContaining('pass the database as transaction'),
  })
  const waiting = log.add([newEntry(0)])
  database.exec('COMMIT')
  expect(await waiting).toMatchObject([{ outcome: 'added' }])
  database.close()
  await expect(log.now()).rejects.toMatchObject({ code: 'closed' })
})
