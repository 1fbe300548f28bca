import { RACES, Race } from '@waybill/tools/races'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
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

describe.each(['read committed', 'repeatable read', 'serializable'])('where %s is the default', (level) => {
  const options = `-c default_transaction_isolation=${level.replace(' ', '\\ ')}`

  function gatedLog() {
    const gate = gatedPool(connectionString, options)
    const gated = createPostgresTaskLog({ pool: gate.pool }, { schema, notify: false })
    return { log: gated, step: () => gate.advance(''), open: gate.open, end: gate.end }
  }

  test.each(RACES)('%s and %s end as if one had waited for the other', async (...names) => {
    const race = new Race(log, names)
    const serial = await race.inTurn()
    for await (const { steps, outcome } of race.interleaved(gatedLog))
      expect(serial, steps).toContain(outcome)
  })
})
