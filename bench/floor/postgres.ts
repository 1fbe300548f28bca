import { createPostgresTaskLog } from '@waybill/tasklog-postgres'
import pg from 'pg'
import type { Contender, Run, Storage, Working } from '../actor/contender.ts'
import { BLOCK, type ClaimedTask, claimToken, IDLE_MS, newTasks, REPORT, runAll } from './tasks.ts'

/** As many connections as pg's pool opens unless told otherwise. */
const CONNECTIONS = 10
/** While one block runs and settles, the next is claimed. */
const BLOCKS_IN_FLIGHT = 1

/** The least any queue that keeps its history can do on PostgreSQL, in Waybill's own table. */
export function connect({ url, prefix }: Storage): Contender {
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS })
  const table = `${prefix}tasks`

  const insert = `
INSERT INTO ${table} (id, task_name, queue, parameters, label, owner, category, master_status, priority, max_attempts,
  created_at, updated_at, due_at)
SELECT id, 'noop', 'default', parameters, label, 'ada', 'unknown', false, 0, 3, now(), now(), now()
FROM unnest($1::uuid[], $2::jsonb[], $3::text[]) AS task (id, parameters, label)`

  const claim = `
WITH ready AS MATERIALIZED (
  SELECT ctid FROM ${table} WHERE queue = 'default' AND status = 'enqueued' AND hold IS NULL
  ORDER BY priority, seq LIMIT ${BLOCK} FOR UPDATE SKIP LOCKED
)
UPDATE ${table} AS task SET status = 'dequeued', attempt = attempt + 1, worker = 'floor', token = $1, claimed_at = now(),
  updated_at = now()
FROM ready WHERE task.ctid = ready.ctid RETURNING id, parameters::text`

  const settle = `
UPDATE ${table} AS task SET status = 'completed', outcome = 'completed', report = done.report, started_at = claimed_at,
  finished_at = now(), updated_at = now()
FROM unnest($2::uuid[], $3::jsonb[]) AS done (id, report)
WHERE task.id = done.id AND token = $1 AND status = 'dequeued'`

  const add = async (tasks: readonly number[]): Promise<void> => {
    const { ids, parameters, labels } = newTasks(tasks)
    await pool.query({ name: 'insert', text: insert, values: [ids, parameters, labels] })
  }

  return {
    async create() {
      const log = createPostgresTaskLog({ connectionString: url }, { prefix })
      await log.dropContainer()
      await log.createContainer()
      await log.close()
    },
    enqueue: (task) => add([task]),
    enqueueMany: add,
    async work(run) {
      return worker(run)
    },
    close: () => pool.end(),
  }

  function worker(run: Run): Working {
    let isStopped = false
    const loop = async (): Promise<void> => {
      while (!isStopped) {
        const token = claimToken()
        const { rows } = await pool.query<ClaimedTask>({ name: 'claim', text: claim, values: [token] })
        if (rows.length === 0) await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
        else {
          await runAll(rows, run)
          const values = [token, rows.map(({ id }) => id), rows.map(() => REPORT)]
          await pool.query({ name: 'settle', text: settle, values })
          run.settled(rows.length)
        }
      }
    }
    const loops = Array.from({ length: BLOCKS_IN_FLIGHT }, loop)
    return {
      async stop() {
        isStopped = true
        await Promise.all(loops)
      },
    }
  }
}
