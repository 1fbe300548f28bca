// #region prisma
import type { PostgresClient } from '@waybill/tasklog-postgres'

/** A Prisma transaction, of the driver adapter for pg, as the task log takes it. */
export function prismaTransaction(tx: {
  $queryRawUnsafe(query: string, ...values: unknown[]): PromiseLike<unknown>
}): PostgresClient {
  return {
    async query({ text, values }) {
      return { rows: (await tx.$queryRawUnsafe(text, ...values)) as unknown[] }
    },
  }
}
// #endregion
