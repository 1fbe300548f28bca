import type { ClaimableTaskLogBroker } from '@waybill/core'
import type { StatementFaults } from '../faults/statement-faults.ts'
import { openMysqlLog } from './mysql-log.ts'
import { openPostgresLog } from './postgres-log.ts'
import { openSqliteLog } from './sqlite-log.ts'

/** The databases. */
export const STORE_KINDS = ['sqlite', 'postgres', 'mysql'] as const

/** One of {@link STORE_KINDS}. */
export type StoreKind = (typeof STORE_KINDS)[number]

/** Where a log is: for any process. */
export interface LogAddress {
  readonly kind: StoreKind
  /** A file, or a URL. */
  readonly place: string
  /** Sets this log's tables apart from others in the same database. */
  readonly prefix: string
}

/** A log that was opened for a process. */
export interface OpenedLog {
  readonly log: ClaimableTaskLogBroker
  close(): Promise<void>
}

const OPEN = { sqlite: openSqliteLog, postgres: openPostgresLog, mysql: openMysqlLog }

/** Opens a log as a process of its own would; its statements may meet faults. */
export function openLog(address: LogAddress, faults: StatementFaults): OpenedLog {
  return OPEN[address.kind](address, faults)
}
