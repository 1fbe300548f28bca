export type { SqliteDatabase, SqliteStatement } from './connection.ts'
export type { SqliteTaskLogOptions, SqliteTaskLogSource } from './options.ts'
export { createSqliteTaskLog, SqliteTaskLog } from './sqlite-task-log.ts'
