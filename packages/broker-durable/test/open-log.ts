import type { ClaimableTaskLogBroker, SchemaTaskLog } from '@waybill/core'

/** The databases, as a process is told of them. */
export const DATABASES = ['sqlite', 'postgres', 'mysql'] as const

/** Where a log is: for any process. */
export interface LogAddress {
  readonly database: (typeof DATABASES)[number]
  /** A file, or a URL. */
  readonly place: string
  /** Sets the log's tables apart from others in the same database. */
  readonly prefix: string
}

/** Opens a log; a process loads no driver but the one it needs. */
export async function openLog(address: LogAddress): Promise<ClaimableTaskLogBroker & SchemaTaskLog> {
  const { database, place, prefix } = address
  switch (database) {
    case 'sqlite': {
      const { createSqliteTaskLog } = await import('@waybill/tasklog-sqlite')
      return createSqliteTaskLog({ file: place }, { prefix })
    }
    case 'postgres': {
      const { createPostgresTaskLog } = await import('@waybill/tasklog-postgres')
      return createPostgresTaskLog({ connectionString: place }, { prefix })
    }
    case 'mysql': {
      const { createMysqlTaskLog } = await import('@waybill/tasklog-mysql')
      return createMysqlTaskLog({ uri: place }, { prefix })
    }
  }
}
