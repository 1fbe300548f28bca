import { createMysqlTaskLog, type MysqlTaskLog, type MysqlTaskLogOptions } from '../src/index.ts'

/** Opens the log in another process. */
export async function open({
  uri,
  ...options
}: { readonly uri: string } & MysqlTaskLogOptions): Promise<MysqlTaskLog> {
  return createMysqlTaskLog({ uri }, options)
}
