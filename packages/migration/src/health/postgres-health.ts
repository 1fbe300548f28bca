import { type Duration, durationMs } from '@waybill/core'
import type { PostgresQueries } from '../positions/postgres-positions.ts'
import type { HealthCheck } from './health-check.ts'

/** https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW */
const REPLICATION_LAG = `
SELECT coalesce(max(extract(epoch FROM replay_lag)) * 1000, 0)::bigint AS ms FROM pg_stat_replication`

const LONGEST_TRANSACTION = `
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)) * 1000, 0)::bigint AS ms
FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start IS NOT NULL`

/** Bad while a replica of this PostgreSQL replays further behind than this. Needs the role `pg_monitor`, or a superuser. */
export function postgresReplicationLag(pool: PostgresQueries, most: Duration): HealthCheck {
  const mostMs = durationMs(most, 'most')
  return async () => {
    const ms = await askMs(pool, REPLICATION_LAG)
    return ms <= mostMs ? null : `a replica is ${ms} ms behind, more than ${mostMs} ms`
  }
}

/**
 * Bad while a transaction of this PostgreSQL has been open for longer than this: vacuum cannot take away what the migration
 * leaves behind. Needs the role `pg_monitor`, or a superuser, to see those of others.
 */
export function postgresLongTransactions(pool: PostgresQueries, most: Duration): HealthCheck {
  const mostMs = durationMs(most, 'most')
  return async () => {
    const ms = await askMs(pool, LONGEST_TRANSACTION)
    return ms <= mostMs ? null : `a transaction has been open for ${ms} ms, longer than ${mostMs} ms`
  }
}

async function askMs(pool: PostgresQueries, sql: string): Promise<number> {
  const { rows } = await pool.query(sql)
  return Number(rows[0].ms)
}
