import mysql from 'mysql2/promise'
import { expect, inject, onTestFinished, test } from 'vitest'
import { createMysqlTaskLog, type MysqlTaskLogSource } from '../src/index.ts'
import { newEntry } from './both-logs.ts'
import { dropTables, freshPrefix } from './fresh-prefix.ts'

const uri = inject('mysqlUrl')

test.each([
  ['its own pool', () => ({ uri })],
  ['a pool of yours', () => ({ pool: mysql.createPool({ uri }) })],
] as [string, () => MysqlTaskLogSource][])(
  'a log over %s carries out what is under way before it has closed',
  async (_, sourceOf) => {
    const prefix = freshPrefix()
    const source = sourceOf()
    const log = createMysqlTaskLog(source, { prefix })
    onTestFinished(() => dropTables(uri, prefix))
    await log.createContainer()
    // More than the pool has connections.
    const adding = Promise.allSettled(Array.from({ length: 30 }, (_each, n) => log.add([newEntry(n)])))
    await log.close()
    if ('pool' in source) await (source.pool as mysql.Pool).end()
    expect((await adding).map(({ status }) => status)).toEqual(Array(30).fill('fulfilled'))
  },
)
