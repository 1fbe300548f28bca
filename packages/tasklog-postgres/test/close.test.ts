import pg from 'pg'
import { expect, inject, onTestFinished, test } from 'vitest'
import { createPostgresTaskLog } from '../src/index.ts'
import { newEntry } from './both-logs.ts'
import { dropSchema, freshName } from './fresh-schema.ts'

const connectionString = inject('postgresUrl')

test('a log that has closed has let go of a pool of yours, which you may end', async () => {
  const pool = new pg.Pool({ connectionString })
  const schema = freshName()
  const log = createPostgresTaskLog({ pool }, { schema })
  onTestFinished(() => dropSchema(connectionString, schema))
  await log.createContainer()
  // More than the pool has connections.
  const adding = Promise.all(Array.from({ length: 30 }, (_, n) => log.add([newEntry(n)])))
  await log.close()
  await pool.end()
  expect(await adding).toHaveLength(30)
})
