import mysql from 'mysql2/promise'
import type { Storage } from '../actor/contender.ts'
import { type LargeState, OWNERS, type StateKind, valuesOf } from './large-state.ts'

/** One transaction of millions would leave as many undo records behind. */
const STEP = 100_000

/** A table in MySQL or MariaDB. */
export async function mysqlState({ url, prefix }: Storage): Promise<LargeState> {
  const connection = await mysql.createConnection({ uri: url })
  return {
    async add(kind, count) {
      for (let first = 1; first <= count; first += STEP) {
        const last = Math.min(first + STEP - 1, count)
        await connection.query(insertOf(kind, first, last, `${prefix}tasks`))
      }
      await connection.query(`ANALYZE TABLE ${prefix}tasks`)
    },
    async openTransaction() {
      await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT')
      await connection.query(`SELECT COUNT(*) FROM ${prefix}tasks`)
      return async () => {
        await connection.query('COMMIT')
      }
    },
    close: () => connection.end(),
  }
}

function insertOf(kind: StateKind, first: number, last: number, table: string): string {
  const now = Date.now()
  const past = `${now - 86_400_000} + n`
  const hex = `LPAD(LOWER(HEX(1700000000000 + n)), 12, '0')`
  const columns = {
    ...valuesOf(kind),
    id: `CONCAT(SUBSTR(${hex}, 1, 8), '-', SUBSTR(${hex}, 9), '-7000-8000-000000000000')`,
    parameters: `CONCAT('{"i":', n, '}')`,
    label: `CONCAT('Task ', n)`,
    owner: `CONCAT('owner-', n % ${OWNERS})`,
    created_at: past,
    updated_at: past,
    due_at: kind === 'notDue' ? `${now + 3_600_000}` : past,
    ...(kind === 'finished'
      ? {
          outcome: valuesOf(kind)['status'] as string,
          report: `'{"type":"info","message":"The task returned no report."}'`,
          worker: `'worker-0123456789ab'`,
          token: 'MD5(n)',
          claimed_at: past,
          started_at: past,
          finished_at: past,
        }
      : {}),
  }
  // Digits crossed with digits: neither MySQL's recursion limit nor MariaDB's sequence tables stand in the way.
  const digits =
    '(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)'
  const number = `${first} + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d`
  return `
INSERT INTO ${table} (${Object.keys(columns)}) SELECT ${Object.values(columns)} FROM (
  SELECT ${number} AS n FROM ${digits} AS a CROSS JOIN ${digits} AS b CROSS JOIN ${digits} AS c CROSS JOIN ${digits} AS e
    CROSS JOIN ${digits} AS f
) AS numbers WHERE n <= ${last} ORDER BY n`
}
