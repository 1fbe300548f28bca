// #region kysely
import type { PostgresClient } from '@waybill/tasklog-postgres'
import { CompiledQuery, type Transaction } from 'kysely'

/** A Kysely transaction as the task log takes it. */
export function kyselyTransaction<Database>(trx: Transaction<Database>): PostgresClient {
  return { query: async ({ text, values }) => trx.executeQuery(CompiledQuery.raw(text, values)) }
}
// #endregion
