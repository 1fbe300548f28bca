// #region typeorm
import type { MysqlClient } from '@waybill/tasklog-mysql'
import type { EntityManager } from 'typeorm'

/** The entity manager of a TypeORM transaction as the task log takes it. */
export function typeormTransaction(manager: EntityManager): MysqlClient {
  return { query: async ({ sql }) => [await manager.query(sql)] }
}
// #endregion
