// #region prisma
import type { MysqlClient } from '@waybill/tasklog-mysql'

/** A Prisma transaction, of the driver adapter for MariaDB and MySQL, as the task log takes it. */
export function prismaTransaction(tx: { $queryRawUnsafe(query: string): PromiseLike<unknown> }): MysqlClient {
  return { query: async ({ sql }) => [await tx.$queryRawUnsafe(sql)] }
}
// #endregion
