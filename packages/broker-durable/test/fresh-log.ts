import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClaimableTaskLogBroker } from '@waybill/core'
import { inject, onTestFinished } from 'vitest'
import { type LogAddress, openLog } from './open-log.ts'

/** A log of the test's own, and a folder beside it. */
export interface FreshLog {
  readonly log: ClaimableTaskLogBroker
  readonly address: LogAddress
  /** Gone after the test, as the log is. */
  readonly folder: string
}

/** Creates a log in one of the databases. A test that runs beside others hands in its own `finished`. */
export async function freshLog(
  database: LogAddress['database'],
  finished: typeof onTestFinished = onTestFinished,
): Promise<FreshLog> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-'))
  const places = {
    sqlite: () => join(folder, 'log.db'),
    postgres: () => inject('postgresUrl'),
    mysql: () => inject('mysqlUrl'),
  }
  const address = {
    database,
    place: places[database](),
    prefix: `t${randomBytes(8).toString('hex')}_`,
  }
  const log = await openLog(address)
  finished(async () => {
    await log.dropContainer()
    await log.close()
    rmSync(folder, { recursive: true })
  })
  await log.createContainer()
  return { log, address, folder }
}
