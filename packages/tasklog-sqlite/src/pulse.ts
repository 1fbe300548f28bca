import type { PulseConnection } from '@waybill/core'
import { connect } from './connection.ts'
import type { ResolvedOptions } from './options.ts'
import { write } from './transaction.ts'

/** Renews a lease that has not run out; never revives one. */
export const RENEW_LIVE_LEASE = `
UPDATE {workers} SET beat_at = :now, lease_until = :now + :leaseMs
WHERE worker = :worker AND lease_until > :now`

/** How a worker thread finds the log: structured-cloneable. */
export interface PulseOptions extends Omit<ResolvedOptions, 'clock'> {
  readonly file: string
}

/** Opens a connection of its own to the log's file, for a worker thread that vouches for a busy main thread. */
export async function beat(options: PulseOptions): Promise<PulseConnection> {
  const connection = connect({ file: options.file }, { ...options, clock: null })
  return {
    async renew(worker, leaseMs) {
      await write(connection, (transaction) => transaction.run(RENEW_LIVE_LEASE, { worker, leaseMs }))
    },
    async close() {
      connection.close()
    },
  }
}
