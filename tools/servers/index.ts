export { type Fault, type FaultProxy, startFaultProxy } from './fault-proxy.ts'
export { type StartMariadbOptions, startMariadb } from './mariadb.ts'
export { type StartPostgresOptions, startPostgres } from './postgres.ts'
export type { TestServer } from './server.ts'
