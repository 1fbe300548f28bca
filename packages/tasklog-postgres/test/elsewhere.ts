import { createPostgresTaskLog, type PostgresTaskLog, type PostgresTaskLogOptions } from '../src/index.ts'

/** Opens the log in another process. */
export async function open({
  connectionString,
  ...options
}: { readonly connectionString: string } & PostgresTaskLogOptions): Promise<PostgresTaskLog> {
  return createPostgresTaskLog({ connectionString }, options)
}
