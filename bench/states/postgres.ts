import pg from 'pg'
import type { Storage } from '../actor/contender.ts'
import { type LargeState, OWNERS, type StateKind, valuesOf } from './large-state.ts'

/** A table in PostgreSQL. */
export async function postgresState({ url, prefix }: Storage): Promise<LargeState> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return {
    async add(kind, count) {
      await client.query(insertOf(kind, count, `${prefix}tasks`))
      // What autovacuum would have done in the time it takes to enqueue so many.
      await client.query(`VACUUM ANALYZE ${prefix}tasks`)
    },
    async openTransaction() {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
      await client.query(`SELECT count(*) FROM ${prefix}tasks`)
      return async () => {
        await client.query('COMMIT')
      }
    },
    close: () => client.end(),
  }
}

function insertOf(kind: StateKind, count: number, table: string): string {
  const past = `now() - interval '1 day' + n * interval '1 millisecond'`
  const isFinished = kind === 'finished'
  const columns = {
    ...valuesOf(kind),
    id: `(lpad(to_hex(1700000000000 + n), 12, '0') || '70008000000000000000')::uuid`,
    parameters: `jsonb_build_object('i', n)`,
    label: `'Task ' || n`,
    owner: `'owner-' || n % ${OWNERS}`,
    master_status: 'false',
    created_at: past,
    updated_at: past,
    due_at: kind === 'notDue' ? `now() + interval '1 hour'` : past,
    ...(isFinished
      ? {
          outcome: valuesOf(kind)['status'] as string,
          report: `'{"type":"info","message":"The task returned no report."}'::jsonb`,
          worker: `'worker-0123456789ab'`,
          token: 'md5(n::text)',
          claimed_at: past,
          started_at: past,
          finished_at: past,
        }
      : {}),
  }
  return `INSERT INTO ${table} (${Object.keys(columns)}) SELECT ${Object.values(columns)} FROM generate_series(1, ${count}) AS n`
}
