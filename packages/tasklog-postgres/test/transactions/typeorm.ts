// #region typeorm
import type { PostgresClient } from '@waybill/tasklog-postgres'
import type { EntityManager } from 'typeorm'

/** The entity manager of a TypeORM transaction as the task log takes it. */
export function typeormTransaction({ queryRunner }: EntityManager): PostgresClient {
  return {
    async query({ text, values }) {
      const result = await queryRunner?.query(text, values, true)
      return { rows: result?.records ?? [] }
    },
  }
}
// #endregion
