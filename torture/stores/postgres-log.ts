import { createPostgresTaskLog } from '@waybill/tasklog-postgres'
import pg from 'pg'
import type { DriverFaults, StatementFault, StatementFaults } from '../faults/statement-faults.ts'
import type { LogAddress, OpenedLog } from './open-log.ts'

const STATES: Readonly<Record<StatementFault, string | null>> = {
  'lost before': null,
  'lost after': null,
  deadlock: '40P01',
  'serialization failure': '40001',
  'lock timeout': '55P03',
  'read only': '25006',
  full: '53100',
  slow: null,
}

/** Opens a log in a database, whose statements may meet faults. */
export function openPostgresLog({ place, prefix }: LogAddress, faults: StatementFaults): OpenedLog {
  const pool = new pg.Pool({
    connectionString: place,
    max: 4,
    connectionTimeoutMillis: 2_000,
    keepAlive: true,
  })
  pool.on('error', () => {})
  pool.on('connect', (client) => beset(client, faults))
  const log = createPostgresTaskLog({ pool }, { prefix, statementTimeout: '3s' })
  return {
    log,
    async close() {
      await log.close()
      await pool.end()
    },
  }
}

type Query = (query: { readonly text: string }) => Promise<unknown>

/** Lets faults befall a client's statements. */
function beset(client: pg.PoolClient, faults: StatementFaults): void {
  const target = client as unknown as { query: Query; connection: { stream: { destroy(): void } } }
  const query = target.query.bind(client)
  const driver: DriverFaults = { errorOf, breakOff: () => target.connection.stream.destroy() }
  target.query = (input) => faults.run(input.text, () => query(input), driver)
}

function errorOf(fault: StatementFault): Error {
  const code = STATES[fault]
  const error = new Error(`torture: ${fault}`)
  return code === null ? error : Object.assign(error, { severity: 'ERROR', code })
}
