import type { PostgresClient } from '@waybill/tasklog-postgres'
import { type SQL, sql } from 'drizzle-orm'

/** A Drizzle transaction, of node-postgres, as the task log takes it. */
export function drizzleTransaction(tx: {
  execute(query: SQL): PromiseLike<{ readonly rows: readonly unknown[] }>
}): PostgresClient {
  return {
    async query({ text, values }) {
      // Text and parameters take turns: of a split by `$1`, every second part is a parameter's number.
      const parts = text.split(/\$(\d+)/)
      const chunks = parts.map((part, index) =>
        index % 2 === 0 ? sql.raw(part) : sql`${sql.param(values[Number(part) - 1])}`,
      )
      return tx.execute(sql.join(chunks))
    },
  }
}
