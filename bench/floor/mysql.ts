import { createMysqlTaskLog } from '@waybill/tasklog-mysql'
import mysql from 'mysql2/promise'
import type { Contender, Run, Storage, Working } from '../actor/contender.ts'
import { BLOCK, type ClaimedTask, claimToken, IDLE_MS, newTasks, REPORT, runAll } from './tasks.ts'

/** As many connections as mysql2's pool opens unless told otherwise. */
const CONNECTIONS = 10

/** The least any queue that keeps its history can do on MySQL or MariaDB, in Waybill's own table. */
export function connect({ url, prefix }: Storage): Contender {
  const pool = mysql.createPool({ uri: url, connectionLimit: CONNECTIONS })
  const table = `${prefix}tasks`

  const insert = `INSERT INTO ${table} (id, task_name, queue, parameters, label, owner, category, max_attempts) VALUES ?`

  const ready = `
SELECT seq, id, parameters FROM ${table} FORCE INDEX (tasks_stage) WHERE stage = 'ready' AND queue = 'default'
ORDER BY priority, seq LIMIT ${BLOCK} FOR UPDATE SKIP LOCKED`

  // An UPDATE answers no rows here, and skips none that are locked: a claim takes two statements.
  const claim = `
UPDATE ${table} SET status = 'dequeued', attempt = attempt + 1, worker = 'floor', token = ?, claimed_at = ?, updated_at = ?
WHERE seq IN (?)`

  const settle = `
UPDATE ${table} SET status = 'completed', outcome = 'completed', report = ?, started_at = claimed_at, finished_at = ?,
  updated_at = ?
WHERE seq IN (?) AND token = ? AND status = 'dequeued'`

  const add = async (tasks: readonly number[]): Promise<void> => {
    const { ids, parameters, labels } = newTasks(tasks)
    const rows = ids.map((id, index) => [
      id,
      'noop',
      'default',
      parameters[index],
      labels[index],
      'ada',
      'unknown',
      3,
    ])
    await pool.query(insert, [rows])
  }

  return {
    async create() {
      const log = createMysqlTaskLog({ uri: url }, { prefix })
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
      const connection = await pool.getConnection()
      await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED')
      while (!isStopped) {
        const token = claimToken()
        await connection.beginTransaction()
        const [rows] = await connection.query<mysql.RowDataPacket[]>(ready)
        const claimed = rows as (ClaimedTask & { seq: number })[]
        const seqs = claimed.map(({ seq }) => seq)
        if (claimed.length > 0) await connection.query(claim, [token, Date.now(), Date.now(), seqs])
        await connection.commit()
        if (claimed.length === 0) await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
        else {
          await runAll(claimed, run)
          await connection.query(settle, [REPORT, Date.now(), Date.now(), seqs, token])
          run.settled(claimed.length)
        }
      }
      connection.release()
    }
    const loops = Array.from({ length: 2 }, loop)
    return {
      async stop() {
        isStopped = true
        await Promise.all(loops)
      },
    }
  }
}
