import type { PulseConnection } from '@waybill/core'
import type { PoolConfig } from 'pg'
import { connect } from './connection.ts'
import type { ResolvedOptions } from './options.ts'
import { writeOnce } from './transaction.ts'

/** Renews a lease that has not run out; never revives one. */
export const RENEW_LIVE_LEASE = `
UPDATE {workers} SET beat_at = {now}, lease_until = greatest(lease_until, {now} + :leaseMs * interval '1 millisecond')
WHERE worker = :worker AND lease_until > {now}`

/** How a worker thread finds the log: structured-cloneable. */
export interface PulseOptions extends ResolvedOptions {
  readonly config: PoolConfig
}

/** Opens a connection of its own to the log's database, for a worker thread that vouches for a busy main thread. */
export async function beat({ config, ...options }: PulseOptions): Promise<PulseConnection> {
  const connection = connect({ config: { ...config, max: 1, idleTimeoutMillis: 0 } }, options)
  return {
    async renew(worker, leaseMs) {
      await writeOnce(connection, (transaction) => transaction.run(RENEW_LIVE_LEASE, { worker, leaseMs }))
    },
    async close() {
      await connection.close()
    },
  }
}
