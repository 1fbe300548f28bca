import type { PulseConnection } from '@waybill/core'
import type { ConnectionOptions } from 'mysql2/promise'
import { connect } from './connection.ts'
import type { ResolvedOptions } from './options.ts'
import { write } from './transaction.ts'

/** Renews a lease that has not run out; never revives one. */
export const RENEW_LIVE_LEASE = `
UPDATE {workers} SET beat_at = {now}, lease_until = {now} + :leaseMs
WHERE worker = :worker AND lease_until > {now}`

/** How a worker thread finds the log: structured-cloneable. */
export interface PulseOptions extends ResolvedOptions {
  readonly config: ConnectionOptions
}

/** Opens a connection of its own to the log's database, for a worker thread that vouches for a busy main thread. */
export async function beat({ config, ...options }: PulseOptions): Promise<PulseConnection> {
  const connection = connect({ config: { ...config, connectionLimit: 1 } }, options)
  return {
    async renew(worker, leaseMs) {
      await write(connection, (transaction) => transaction.run(RENEW_LIVE_LEASE, { worker, leaseMs }))
    },
    async close() {
      await connection.close()
    },
  }
}
