import { createSqliteTaskLog, type SqliteDatabase, type SqliteStatement } from '@waybill/tasklog-sqlite'
import Database from 'better-sqlite3'
import type { StatementFault, StatementFaults } from '../faults/statement-faults.ts'
import type { LogAddress, OpenedLog } from './open-log.ts'

const CODES: Readonly<Record<StatementFault, string>> = {
  'lost before': 'SQLITE_IOERR_WRITE',
  'lost after': 'SQLITE_IOERR_FSYNC',
  deadlock: 'SQLITE_BUSY',
  'serialization failure': 'SQLITE_BUSY_SNAPSHOT',
  'lock timeout': 'SQLITE_BUSY',
  'read only': 'SQLITE_IOERR_LOCK',
  full: 'SQLITE_FULL',
  slow: 'SQLITE_BUSY',
}

/** Opens a log on a file, whose statements may meet faults. */
export function openSqliteLog({ place, prefix }: LogAddress, faults: StatementFaults): OpenedLog {
  const database = new Database(place, { timeout: 20 })
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  const log = createSqliteTaskLog({ database: faulty(database, faults) }, { prefix })
  return {
    log,
    async close() {
      await log.close()
      database.close()
    },
  }
}

function faulty(database: SqliteDatabase, faults: StatementFaults): SqliteDatabase {
  return new Proxy(database, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      if (name !== 'prepare') return member.bind(target)
      return (sql: string) => faultyStatement(sql, target.prepare(sql), faults)
    },
  })
}

function faultyStatement(sql: string, statement: SqliteStatement, faults: StatementFaults): SqliteStatement {
  const meet = <Answer>(run: (...parameters: unknown[]) => Answer) => {
    return (...parameters: unknown[]): Answer => {
      const fault = faults.next(sql)
      if (fault === null) return run.apply(statement, parameters)
      if (fault === 'lost after') run.apply(statement, parameters)
      throw new Database.SqliteError(`torture: ${fault}`, CODES[fault])
    }
  }
  return { all: meet(statement.all), get: meet(statement.get), run: meet(statement.run) }
}
