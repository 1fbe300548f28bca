import type { MysqlClient } from '@waybill/tasklog-mysql'
import { CompiledQuery, type Transaction } from 'kysely'

/** A Kysely transaction as the task log takes it. */
export function kyselyTransaction<Database>(trx: Transaction<Database>): MysqlClient {
  return { query: async ({ sql }) => [(await trx.executeQuery(CompiledQuery.raw(sql))).rows] }
}
