import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createMysqlTaskLog, type MysqlTaskLog } from '../src/index.ts'
import { dropTables, freshPrefix } from './fresh-prefix.ts'
import { gatedPool } from './gated-pool.ts'

const uri = inject('mysqlUrl')
const prefix = freshPrefix()
let log: MysqlTaskLog

beforeAll(async () => {
  log = createMysqlTaskLog({ uri }, { prefix })
  await log.createContainer()
})

afterAll(async () => {
  await log.close()
  await dropTables(uri, prefix)
})

test('a worker that begins while it is being retired is not forgotten', async () => {
  const gate = gatedPool(uri, 'DO 0')
  const retired = createMysqlTaskLog({ pool: gate.pool }, { prefix }).retire('w')
  await gate.advance('FOR UPDATE')
  await log.heartbeat({ worker: 'w', leaseMs: 60_000, info: null, open: [] })
  gate.open()
  await retired
  await gate.end()
  expect(await log.workerStates()).toMatchObject([{ worker: 'w', alive: true }])
})
