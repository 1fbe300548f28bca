// #region drizzle
import type { MysqlClient } from '@waybill/tasklog-mysql'
import { type SQL, sql } from 'drizzle-orm'

/** A Drizzle transaction as the task log takes it. */
export function drizzleTransaction(tx: { execute(query: SQL): PromiseLike<unknown> }): MysqlClient {
  return { query: async (query) => (await tx.execute(sql.raw(query.sql))) as [unknown] }
}
// #endregion
