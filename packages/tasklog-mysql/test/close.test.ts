import mysql from 'mysql2/promise'
import { expect, inject, onTestFinished, test } from 'vitest'
import { createMysqlTaskLog } from '../src/index.ts'
import { newEntry } from './both-logs.ts'
import { dropTables, freshPrefix } from './fresh-prefix.ts'

const uri = inject('mysqlUrl')

test('a log that has closed has let go of a pool of yours, which you may end', async () => {
  const pool = mysql.createPool({ uri })
  const prefix = freshPrefix()
  const log = createMysqlTaskLog({ pool }, { prefix })
  onTestFinished(() => dropTables(uri, prefix))
  await log.createContainer()
  // More than the pool has connections.
  const adding = Promise.all(Array.from({ length: 30 }, (_, n) => log.add([newEntry(n)])))
  await log.close()
  await pool.end()
  expect(await adding).toHaveLength(30)
})
