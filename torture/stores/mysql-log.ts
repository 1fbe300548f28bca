import { createMysqlTaskLog } from '@waybill/tasklog-mysql'
import mysql, { type Pool } from 'mysql2/promise'
import type { DriverFaults, StatementFault, StatementFaults } from '../faults/statement-faults.ts'
import type { LogAddress, OpenedLog } from './open-log.ts'

const NUMBERS: Readonly<Record<StatementFault, number | null>> = {
  'lost before': null,
  'lost after': null,
  deadlock: 1213,
  'serialization failure': 1020,
  'lock timeout': 1205,
  'read only': 1290,
  full: 1114,
  slow: null,
}

/** Opens a log in a database, whose statements may meet faults. */
export function openMysqlLog({ place, prefix }: LogAddress, faults: StatementFaults): OpenedLog {
  const pool = mysql.createPool({ uri: place, connectionLimit: 4, connectTimeout: 2_000 })
  beset(pool, faults)
  const log = createMysqlTaskLog({ pool }, { prefix, statementTimeout: '3s' })
  return {
    log,
    async close() {
      await log.close()
      await pool.end()
    },
  }
}

type Query = (query: { readonly sql: string }) => Promise<unknown>

/** Lets faults befall the statements of a pool's connections. */
function beset(pool: Pool, faults: StatementFaults): void {
  const getConnection = pool.getConnection.bind(pool)
  pool.getConnection = async () => {
    const connection = await getConnection()
    const target = connection as unknown as { query: Query; destroy(): void }
    const query = target.query.bind(connection)
    const driver: DriverFaults = { errorOf, breakOff: () => target.destroy() }
    target.query = (input) => faults.run(input.sql, () => query(input), driver)
    return connection
  }
}

function errorOf(fault: StatementFault): Error {
  const errno = NUMBERS[fault]
  const error = new Error(`torture: ${fault}`)
  return errno === null ? error : Object.assign(error, { errno, sqlState: 'HY000', code: `ER_${errno}` })
}
