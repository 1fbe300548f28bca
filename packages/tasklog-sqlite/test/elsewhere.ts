import { createSqliteTaskLog, type SqliteTaskLog, type SqliteTaskLogOptions } from '../src/index.ts'

/** Opens the log in another process. */
export async function open({
  file,
  ...options
}: { readonly file: string } & SqliteTaskLogOptions): Promise<SqliteTaskLog> {
  return createSqliteTaskLog({ file }, options)
}
