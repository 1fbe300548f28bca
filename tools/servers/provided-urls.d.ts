import 'vitest'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The newest PostgreSQL. */
    postgresUrl: string
    /** The PostgreSQL that Debian has. */
    postgresDebianUrl: string
    /** MariaDB, or the MySQL in WAYBILL_TEST_MYSQL_URL. */
    mysqlUrl: string
  }
}
