import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { createSqliteTaskLog } from '../src/index.ts'
import { newEntry } from './both-logs.ts'
import { temporaryFile } from './temporary-file.ts'

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8)
}

test('the file and those beside it are for their owner alone', async () => {
  const file = temporaryFile()
  const log = createSqliteTaskLog({ file })
  await log.createContainer()
  await log.add([newEntry(0)])
  expect([file, `${file}-wal`, `${file}-shm`].map(modeOf)).toEqual(['600', '600', '600'])
  await log.close()
})

test('a file that is there already keeps its mode', async () => {
  const file = temporaryFile()
  new Database(file).exec('CREATE TABLE mine (id)').close()
  const mode = modeOf(file)
  const log = createSqliteTaskLog({ file })
  await log.createContainer()
  expect(modeOf(file)).toBe(mode)
  await log.close()
})

test('what was asked for is written before the file is closed', async () => {
  const file = temporaryFile()
  const log = createSqliteTaskLog({ file })
  await log.createContainer()
  const entries = [newEntry(0), newEntry(1)]
  const adding = Promise.all(entries.map((entry) => log.add([entry])))
  await log.close()
  await adding
  const reopened = createSqliteTaskLog({ file })
  expect(await reopened.count({ kind: 'and', nodes: [] })).toBe(2)
  await reopened.close()
})

test('a symbolic link is refused, and what it points to is not created', () => {
  const file = temporaryFile()
  const target = `${file}.target`
  symlinkSync(target, file)
  expect(() => createSqliteTaskLog({ file })).toThrow(
    expect.objectContaining({ code: 'store_refused', message: expect.stringContaining('symbolic link') }),
  )
  expect(existsSync(target)).toBe(false)
})

test('a folder that does not exist, and a path that is a folder, are named', () => {
  const file = temporaryFile()
  for (const [path, nativeCode] of [
    [join(file, 'missing', 'log.db'), 'ENOENT'],
    [dirname(file), 'EISDIR'],
  ] as const) {
    expect(() => createSqliteTaskLog({ file: path })).toThrow(
      expect.objectContaining({
        code: 'store_unavailable',
        nativeCode,
        message: expect.stringContaining(path),
      }),
    )
  }
})

test('a path that looks like a URI is a path', async () => {
  const folder = dirname(temporaryFile())
  const previous = process.cwd()
  mkdirSync(join(folder, 'file:'))
  process.chdir(folder)
  try {
    const log = createSqliteTaskLog({ file: 'file:/log.db?mode=memory' })
    await log.createContainer()
    await log.close()
  } finally {
    process.chdir(previous)
  }
  expect(existsSync(join(folder, 'file:', 'log.db?mode=memory'))).toBe(true)
})

test.each(['', 'a\0b', 7, null])('%j is no file name', (file) => {
  expect(() => createSqliteTaskLog({ file: file as string })).toThrow(
    expect.objectContaining({ code: 'invalid_input', path: 'file' }),
  )
})

test('a commit is on the disk before the call is answered, unless it was asked for less', async () => {
  for (const [options, expected] of [
    [{}, 2],
    [{ synchronous: 'normal' }, 1],
  ] as const) {
    const database = new Database(temporaryFile())
    const file = database.name
    database.close()
    const log = createSqliteTaskLog({ file }, options)
    await log.createContainer()
    expect(await log.doctor()).toEqual(
      expected === 2 ? [] : [expect.stringContaining('synchronous is below FULL')],
    )
    await log.close()
    expect(readFileSync(file).subarray(18, 20)).toEqual(Buffer.from([2, 2]))
  }
})

test('a database that was handed in keeps its settings and stays open', async () => {
  const database = new Database(temporaryFile())
  database.pragma('synchronous = OFF')
  const log = createSqliteTaskLog({ database })
  await log.createContainer()
  await log.close()
  await log.close()
  expect(database.open).toBe(true)
  expect(database.pragma('synchronous', { simple: true })).toBe(0)
  expect(database.pragma('journal_mode', { simple: true })).toBe('delete')
  database.close()
})

test('a database in memory says that it is neither durable nor shared, and has no pulse', async () => {
  const log = createSqliteTaskLog({ file: ':memory:' })
  expect(log.capabilities).toMatchObject({ durable: false, multiProcess: false, transactions: true })
  expect(log.pulse).toBeNull()
  await log.close()
})
