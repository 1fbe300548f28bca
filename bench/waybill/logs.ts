import type { ClaimableTaskLogBroker } from '@waybill/core'
import { createMemoryTaskLog } from '@waybill/tasklog-memory'
import { createMysqlTaskLog } from '@waybill/tasklog-mysql'
import { createPostgresTaskLog } from '@waybill/tasklog-postgres'
import { createSqliteTaskLog } from '@waybill/tasklog-sqlite'
import type { Storage } from '../actor/contender.ts'

/** What every log of the bench is: it can be emptied. */
export type BenchLog = ClaimableTaskLogBroker & { dropContainer?(): Promise<void> }

/** Waybill's log over a storage, with nothing set that is not set by itself. */
export function createLog({ log, url, prefix }: Storage): BenchLog {
  switch (log) {
    case 'memory':
      return createMemoryTaskLog()
    case 'sqlite':
      return createSqliteTaskLog({ file: url }, { prefix })
    case 'postgres':
      return createPostgresTaskLog({ connectionString: url }, { prefix })
    case 'mysql':
      return createMysqlTaskLog({ uri: url }, { prefix })
    default:
      throw new Error(`There is no log called ${log}`)
  }
}

/** Empties a log. */
export async function recreate(log: BenchLog): Promise<void> {
  await log.dropContainer?.()
  await log.createContainer()
}
