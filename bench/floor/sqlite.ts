import { createSqliteTaskLog } from '@waybill/tasklog-sqlite'
import Database from 'better-sqlite3'
import type { Contender, Run, Storage, Working } from '../actor/contender.ts'
import { BLOCK, type ClaimedTask, claimToken, IDLE_MS, newTasks, REPORT, runAll } from './tasks.ts'

/** The least any queue that keeps its history can do on SQLite, in Waybill's own table. */
export function connect({ url, prefix }: Storage): Contender {
  const table = `${prefix}tasks`
  const database = new Database(url)
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  const prepared = new Map<string, Database.Statement<unknown[]>>()

  const insert = `
INSERT INTO ${table} (id, task_name, queue, parameters, label, owner, category, status, master_status, priority, attempt,
  max_attempts, cancel_requested, has_children, created_at, updated_at, due_at)
VALUES (?, 'noop', 'default', ?, ?, 'ada', 'unknown', 'enqueued', 0, 0, 0, 3, 0, 0, ?, ?, ?)`

  const claim = `
UPDATE ${table} SET status = 'dequeued', attempt = attempt + 1, worker = 'floor', token = @token, claimed_at = @now,
  updated_at = @now
WHERE seq IN (
  SELECT seq FROM ${table} WHERE queue = 'default' AND status = 'enqueued' AND hold IS NULL
  ORDER BY priority, seq LIMIT ${BLOCK}
) RETURNING id, parameters`

  const settle = `
UPDATE ${table} SET status = 'completed', outcome = 'completed', report = @report, started_at = claimed_at,
  finished_at = @now, updated_at = @now
WHERE id IN (SELECT value FROM json_each(@ids)) AND token = @token AND status = 'dequeued'`

  /** Prepared when it is used first: the table is not there before. */
  function statement(sql: string): Database.Statement<unknown[]> {
    const found = prepared.get(sql) ?? database.prepare<unknown[]>(sql)
    prepared.set(sql, found)
    return found
  }

  function add(tasks: readonly number[]): void {
    const { ids, parameters, labels } = newTasks(tasks)
    const [added, now] = [statement(insert), Date.now()]
    database.transaction(() => {
      for (const [index, id] of ids.entries()) added.run(id, parameters[index], labels[index], now, now, now)
    })()
  }

  return {
    async create() {
      const log = createSqliteTaskLog({ file: url }, { prefix })
      await log.dropContainer()
      await log.createContainer()
      await log.close()
    },
    async enqueue(task) {
      add([task])
    },
    async enqueueMany(tasks) {
      add(tasks)
    },
    async work(run) {
      return worker(run)
    },
    async close() {
      database.close()
    },
  }

  function worker(run: Run): Working {
    let isStopped = false
    const loop = async (): Promise<void> => {
      while (!isStopped) {
        const token = claimToken()
        const claimed = statement(claim).all({ token, now: Date.now() }) as ClaimedTask[]
        if (claimed.length === 0) await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
        else {
          await runAll(claimed, run)
          const ids = JSON.stringify(claimed.map(({ id }) => id))
          statement(settle).run({ ids, token, report: REPORT, now: Date.now() })
          run.settled(claimed.length)
        }
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const ended = loop()
    return {
      async stop() {
        isStopped = true
        await ended
      },
    }
  }
}
