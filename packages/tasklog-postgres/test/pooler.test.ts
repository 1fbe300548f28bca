import { taskLogConformance } from '@waybill/conformance'
import { startPgbouncer, type TestServer } from '@waybill/tools/servers'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { createPostgresTaskLog, type PostgresTaskLogOptions } from '../src/index.ts'
import { newEntry } from './both-logs.ts'
import { dropSchema, freshName, freshSubject, run } from './fresh-schema.ts'

/** What a session could keep that the next transaction misses; the rest are the same statements again. */
const OF_THE_SESSION = ['schema', 'transaction', 'claim', 'heartbeat', 'settle', 'wake']

const directUrl = inject('postgresUrl')
let pooler: TestServer

beforeAll(async () => {
  pooler = await startPgbouncer(directUrl)
})

afterAll(async () => pooler.stop())

// #region options
const options: PostgresTaskLogOptions = {
  prepare: false, // for a pooler that does not keep track of prepared statements
  notify: directUrl, // the URL of the server itself: nobody can listen through a pooler
}
// #endregion

taskLogConformance(
  { name: 'postgres behind a transaction pooler', create: async () => freshSubject(pooler.url, options) },
  { only: OF_THE_SESSION },
)

test('no connection of the pool keeps anything of a session', async () => {
  const sessions = await Promise.all(
    Array.from({ length: 10 }, () =>
      run(
        pooler.url,
        `SELECT pg_sleep(0.1), pg_backend_pid() AS pid, ARRAY(SELECT pg_listening_channels()) AS channels,
          ARRAY(SELECT name FROM pg_prepared_statements) AS prepared,
          ARRAY(SELECT name FROM pg_settings WHERE source = 'session') AS settings,
          ARRAY(SELECT objid::int FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks,
          pg_my_temp_schema()::int AS temporary`,
      ),
    ),
  )
  const nothing = { channels: [], prepared: [], settings: [], locks: [], temporary: 0 }
  for (const [session] of sessions) expect(session).toMatchObject(nothing)
  expect(new Set(sessions.map(([session]) => session?.['pid'])).size).toBeGreaterThan(1)
})

test('where prepared statements get lost between two uses, the option to turn off is named', async () => {
  const schema = freshName()
  const config = { connectionString: pooler.url, max: 1 }
  const log = createPostgresTaskLog({ config }, { schema, notify: directUrl })
  onTestFinished(async () => {
    await log.close()
    await dropSchema(directUrl, schema)
  })
  await log.createContainer()
  const addSome = async (): Promise<void> => {
    for (let number = 0; number < 20; number += 1) await log.add([newEntry(number)])
  }
  await expect(addSome()).rejects.toMatchObject({
    code: 'store_refused',
    message: expect.stringContaining('set prepare: false'),
  })
})
