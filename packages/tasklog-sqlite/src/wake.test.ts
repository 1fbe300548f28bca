import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { newEntry } from '../test/both-logs.ts'
import { temporaryFile } from '../test/temporary-file.ts'
import { createSqliteTaskLog, type SqliteTaskLog, type SqliteTaskLogSource } from './index.ts'

async function openLog(source: SqliteTaskLogSource): Promise<SqliteTaskLog> {
  const log = createSqliteTaskLog(source)
  onTestFinished(() => log.close())
  await log.createContainer()
  return log
}

function listen(
  log: SqliteTaskLog,
  queue: string,
): { readonly wakes: () => number; readonly stop: () => void } {
  let wakes = 0
  const stop = log.onWake(queue, () => {
    wakes += 1
  })
  return { wakes: () => wakes, stop }
}

test('a task that is added wakes those who listen to its queue before the call is answered, and nobody else', async () => {
  const log = await openLog({ file: ':memory:' })
  const [mine, other] = [listen(log, 'default'), listen(log, 'other')]
  const atAnswer = await log.add([newEntry(0)]).then(() => [mine.wakes(), other.wakes()])
  expect(atAnswer).toEqual([1, 0])
})

test('a task that is not ready wakes nobody until it is promoted', async () => {
  const log = await openLog({ file: ':memory:' })
  const { wakes } = listen(log, 'default')
  await log.add([newEntry(0, { limitKey: 'key', limitMax: 1 })])
  expect(wakes()).toBe(0)
  await log.promote(1)
  expect(wakes()).toBe(1)
})

test('what another connection writes is noticed', async () => {
  const file = temporaryFile()
  const [log, other] = [await openLog({ file }), await openLog({ file })]
  const { wakes } = listen(log, 'default')
  await other.add([newEntry(0)])
  await expect.poll(wakes).toBeGreaterThan(0)
})

test('two logs over one database wake each other', async () => {
  const database = new Database(':memory:')
  const [log, other] = [await openLog({ database }), await openLog({ database })]
  const { wakes } = listen(log, 'default')
  await other.add([newEntry(0)])
  expect(wakes()).toBe(1)
})

test('who has stopped listening hears nothing more, and whoever still listens does', async () => {
  const log = await openLog({ file: ':memory:' })
  const [gone, left] = [listen(log, 'default'), listen(log, 'default')]
  gone.stop()
  gone.stop()
  await log.add([newEntry(0)])
  expect([gone.wakes(), left.wakes()]).toEqual([0, 1])
})

test('a listener that stops while it is called does not disturb the others', async () => {
  const log = await openLog({ file: ':memory:' })
  const stop = log.onWake('default', () => stop())
  const { wakes } = listen(log, 'default')
  await log.add([newEntry(0)])
  expect(wakes()).toBe(1)
})

test('a closed log listens no more', async () => {
  const log = createSqliteTaskLog({ file: ':memory:' })
  await log.createContainer()
  listen(log, 'default')
  await log.close()
  expect(() => log.onWake('default', () => undefined)).toThrow(expect.objectContaining({ code: 'closed' }))
})
