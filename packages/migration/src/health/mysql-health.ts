import { checkInteger } from '@waybill/core'
import type { MysqlQueries } from '../positions/mysql-positions.ts'
import type { HealthCheck } from './health-check.ts'

/** Bad while more threads than this are running on the server: https://dev.mysql.com/doc/refman/8.4/en/server-status-variables.html */
export function mysqlThreadsRunning(pool: MysqlQueries, most: number): HealthCheck {
  checkInteger(most, 'most', 1, Number.MAX_SAFE_INTEGER)
  return async () => {
    const [rows] = await pool.query("SHOW GLOBAL STATUS LIKE 'Threads_running'")
    const running = Number(rows[0].Value)
    return running <= most ? null : `${running} threads are running, more than ${most}`
  }
}
