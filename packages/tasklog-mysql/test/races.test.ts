import { RACES, Race } from '@waybill/tools/races'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
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

describe.each(['READ UNCOMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'])('at %s', (level) => {
  const begin = `SET SESSION TRANSACTION ISOLATION LEVEL ${level}`

  function gatedLog() {
    const gate = gatedPool(uri, begin)
    const gated = createMysqlTaskLog({ pool: gate.pool }, { prefix })
    return { log: gated, step: () => gate.advance(''), open: gate.open, end: gate.end }
  }

  test.each(RACES)('%s and %s end as if one had waited for the other', async (...names) => {
    const race = new Race(log, names)
    const serial = await race.inTurn()
    for await (const { steps, outcome } of race.interleaved(gatedLog))
      expect(serial, steps).toContain(outcome)
  })
})
