export type { MysqlClient, MysqlQuery } from './connection.ts'
export { createMysqlTaskLog, MysqlTaskLog } from './mysql-task-log.ts'
export type { MysqlTaskLogOptions, MysqlTaskLogSource } from './options.ts'
