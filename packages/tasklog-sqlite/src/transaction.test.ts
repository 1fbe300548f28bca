import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { temporaryFile } from '../test/temporary-file.ts'
import { Connection, type SqliteDatabase } from './connection.ts'
import { createContainer } from './container.ts'
import { resolveOptions } from './options.ts'
import { type Transaction, write } from './transaction.ts'

/** A connection that is the log's own, and the statements it has run since. */
async function noting(): Promise<{ connection: Connection; ran: string[] }> {
  const database: SqliteDatabase = new Database(temporaryFile(), { timeout: 1 })
  const ran: string[] = []
  const prepare = database.prepare.bind(database)
  database.prepare = (sql) => {
    const statement = prepare(sql)
    const run = statement.run.bind(statement)
    statement.run = (...parameters) => {
      ran.push(sql)
      return run(...parameters)
    }
    return statement
  }
  const connection = new Connection(database, resolveOptions({}), true)
  await write(connection, createContainer, { requiresSchema: false })
  ran.length = 0
  return { connection, ran }
}

function addQueue(queue: string) {
  return (transaction: Transaction) =>
    transaction.run('INSERT INTO {queues} (queue, paused) VALUES (:queue, 0)', { queue })
}

function queuesOf({ database }: Connection): unknown {
  return database.prepare('SELECT group_concat(queue) AS queues FROM waybill_queues').get()
}

test('what is written in one turn of the event loop is committed once', async () => {
  const { connection, ran } = await noting()
  await Promise.all(['a', 'b', 'c'].map((queue) => write(connection, addQueue(queue))))
  expect(ran.filter((sql) => sql === 'COMMIT')).toHaveLength(1)
  expect(queuesOf(connection)).toEqual({ queues: 'a,b,c' })
})

test('what fails takes nothing with it that was written in the same turn', async () => {
  const { connection } = await noting()
  const fails = (): never => {
    throw new RangeError('bad')
  }
  const outcomes = await Promise.allSettled([
    write(connection, addQueue('a')),
    write(connection, fails),
    write(connection, addQueue('b')),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(queuesOf(connection)).toEqual({ queues: 'a,b' })
})

test('what is written while a group waits for the lock is the next group', async () => {
  const { connection, ran } = await noting()
  const other = new Database(connection.database.name)
  other.exec('BEGIN IMMEDIATE')
  const first = write(connection, addQueue('a'))
  await new Promise((resolve) => setImmediate(resolve))
  const second = Promise.all(['b', 'c'].map((queue) => write(connection, addQueue(queue))))
  other.exec('COMMIT')
  await Promise.all([first, second])
  other.close()
  expect(ran.filter((sql) => sql === 'COMMIT')).toHaveLength(2)
  expect(queuesOf(connection)).toEqual({ queues: 'a,b,c' })
})
