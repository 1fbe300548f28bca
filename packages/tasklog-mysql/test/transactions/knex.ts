// #region knex
import type { MysqlClient } from '@waybill/tasklog-mysql'
import type { Knex } from 'knex'

/** A Knex transaction, of the mysql2 dialect, as the task log takes it. */
export function knexTransaction(trx: Knex.Transaction): MysqlClient {
  return { query: async ({ sql }) => trx.raw(sql.replaceAll('?', '\\?')) }
}
// #endregion
