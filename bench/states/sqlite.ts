import Database from 'better-sqlite3'
import type { Storage } from '../actor/contender.ts'
import { type LargeState, OWNERS, type StateKind, valuesOf } from './large-state.ts'

/** A table in a SQLite file. */
export async function sqliteState({ url, prefix }: Storage): Promise<LargeState> {
  const database = new Database(url)
  return {
    async add(kind, count) {
      database.exec(insertOf(kind, count, `${prefix}tasks`))
      database.pragma('wal_checkpoint(TRUNCATE)')
    },
    async openTransaction() {
      database.exec('BEGIN')
      database.prepare(`SELECT count(*) FROM ${prefix}tasks`).get()
      return async () => {
        database.exec('COMMIT')
      }
    },
    async close() {
      database.close()
    },
  }
}

function insertOf(kind: StateKind, count: number, table: string): string {
  const now = Date.now()
  const past = `${now - 86_400_000} + n`
  const hex = `printf('%012x', 1700000000000 + n)`
  const columns = {
    ...valuesOf(kind),
    id: `substr(${hex}, 1, 8) || '-' || substr(${hex}, 9) || '-7000-8000-000000000000'`,
    parameters: `'{"i":' || n || '}'`,
    label: `'Task ' || n`,
    owner: `'owner-' || (n % ${OWNERS})`,
    master_status: '0',
    cancel_requested: '0',
    has_children: '0',
    created_at: past,
    updated_at: past,
    due_at: kind === 'notDue' ? `${now + 3_600_000}` : past,
    ...(kind === 'finished'
      ? {
          outcome: valuesOf(kind)['status'] as string,
          report: `'{"type":"info","message":"The task returned no report."}'`,
          worker: `'worker-0123456789ab'`,
          token: `printf('%032x', n)`,
          claimed_at: past,
          started_at: past,
          finished_at: past,
        }
      : {}),
  }
  return `
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})
INSERT INTO ${table} (${Object.keys(columns)}) SELECT ${Object.values(columns)} FROM numbers`
}
