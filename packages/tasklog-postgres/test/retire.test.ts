import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createPostgresTaskLog, type PostgresTaskLog } from '../src/index.ts'
import { dropSchema, freshName } from './fresh-schema.ts'
import { gatedPool } from './gated-pool.ts'

const connectionString = inject('postgresUrl')
const schema = freshName()
let log: PostgresTaskLog

beforeAll(async () => {
  log = createPostgresTaskLog({ connectionString }, { schema, notify: false })
  await log.createContainer()
})

afterAll(async () => {
  await log.close()
  await dropSchema(connectionString, schema)
})

test('a worker that begins while it is being retired is not forgotten', async () => {
  const gate = gatedPool(connectionString, '')
  const retired = createPostgresTaskLog({ pool: gate.pool }, { schema, notify: false }).retire('w')
  await gate.advance('FOR UPDATE')
  await log.heartbeat({ worker: 'w', leaseMs: 60_000, info: null, open: [] })
  gate.open()
  await retired
  await gate.end()
  expect(await log.workerStates()).toMatchObject([{ worker: 'w', alive: true }])
})
