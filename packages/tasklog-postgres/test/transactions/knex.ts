// #region knex
import type { PostgresClient } from '@waybill/tasklog-postgres'
import type { Knex } from 'knex'

/** A Knex transaction, of the pg dialect, as the task log takes it. */
export function knexTransaction(trx: Knex.Transaction): PostgresClient {
  return {
    async query({ text, values }) {
      // Knex numbers its own question marks; a parameter that is used twice is one twice.
      const bindings: unknown[] = []
      const sql = text.replaceAll('?', '\\?').replace(/\$(\d+)/g, (_, number: string) => {
        bindings.push(values[Number(number) - 1])
        return '?'
      })
      return trx.raw(sql, bindings as Knex.RawBinding[])
    },
  }
}
// #endregion
