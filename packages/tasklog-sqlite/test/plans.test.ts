import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PARENTS, TAKEN_IDS, TAKEN_KEYS } from '../src/add.ts'
import { CLAIM_TASKS, QUEUE_ROOM, READY_BY_IDS, READY_IN_QUEUE } from '../src/claim.ts'
import { schemaSql } from '../src/container.ts'
import { CANCEL_REQUESTED, SAVE_OPEN_TASKS, WORKER_STATES } from '../src/heartbeat.ts'
import { DUE_TASKS, FREE_GROUPS, LIMITED_TASKS, NEXT_DUE, TAKEN_SLOTS } from '../src/promote.ts'
import { QUEUE_STATES } from '../src/queues.ts'
import { EXPIRED_CLAIMS, FORGET_DEAD_WORKERS, TAKE_BACK } from '../src/recover.ts'
import { ROLL_UP } from '../src/roll-up.ts'
import { nameTables } from '../src/schema.ts'
import { searchStatement } from '../src/search.ts'
import { END_IN_FAMILY, END_TASK, END_TASKS, REQUEUE_TASKS, STANDING } from '../src/settle.ts'
import { CANCEL_TASKS, DELETE_TASKS, OPEN_BELOW, RESTART_TASKS } from '../src/transition.ts'

const ROWS = 100_000

const SERIES = `
WITH RECURSIVE series (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM series WHERE value < ${ROWS})
SELECT value FROM series`

/** So many tasks in mixed states: most have ended, some wait for their time, some for a slot, some are held. */
const FILL = `
INSERT INTO waybill_tasks (
  id, parent_id, task_name, queue, parameters, label, owner, category, status, master_status, priority, hold,
  limit_key, limit_max, attempt, max_attempts, worker, cancel_requested, has_children, created_at, updated_at, due_at,
  idempotency_key
)
SELECT printf('%032d', n), iif(n % 5 = 0, printf('%032d', n - n % 100), NULL), 'task', 'queue ' || n % 7, '{}', 'label',
  'owner ' || n % 50, 'unknown', status, 0, 0, CASE WHEN status <> 'enqueued' THEN NULL WHEN n % 3 = 0 THEN 'due'
    WHEN n % 3 = 1 THEN 'limit' END,
  iif(n % 3 = 1, 'key ' || n % 20, NULL), iif(n % 3 = 1, 2, NULL), 0, 3, 'worker ' || n % 4, n % 97 = 0, n % 100 = 0, n, n, n,
  iif(n % 11 = 0, 'key ' || n, NULL)
FROM (
  SELECT value AS n, CASE WHEN value % 10 < 5 THEN 'completed' WHEN value % 10 < 6 THEN 'failed'
    WHEN value % 10 < 7 THEN 'dequeued' WHEN value % 100 = 77 THEN 'child_running' ELSE 'enqueued' END AS status
  FROM (${SERIES})
)`

const database = new Database(':memory:')

beforeAll(() => {
  database.exec(schemaSql('waybill_'))
  database.exec(FILL)
  database.exec(
    `INSERT INTO waybill_workers SELECT 'worker ' || value, 0, 0, value, NULL FROM (${SERIES}) LIMIT 4`,
  )
})

afterAll(() => void database.close())

/** What SQLite would do, one line for each step. Values decide nothing here. */
function plan(sql: string): string {
  const statement = nameTables(sql, 'waybill_').replace(/\?|:\w+/g, 'NULL')
  const steps = database.prepare(`EXPLAIN QUERY PLAN ${statement}`).all() as { detail: string }[]
  return steps.map(({ detail }) => detail).join('\n')
}

/** A look at every task there is; the index of what is ready, held, due or limited may be read whole. */
const FULL_SCAN =
  /SCAN (waybill_tasks|task|parent|child|next)(?! USING (COVERING )?INDEX waybill_tasks_(ready|held|due|limited))/
const SORT = /USE TEMP B-TREE/

for (const when of ['without statistics', 'with statistics'] as const) {
  describe(`${when}, in ${ROWS} tasks in mixed states`, () => {
    beforeAll(() => {
      if (when === 'with statistics') database.exec('ANALYZE')
    })

    // #region claim
    test('a claim reads the ready tasks of its queue from their index, in order', () => {
      expect(plan(READY_IN_QUEUE)).toBe('SEARCH waybill_tasks USING INDEX waybill_tasks_ready (queue=?)')
      expect(plan(CLAIM_TASKS)).toContain('SEARCH waybill_tasks USING INTEGER PRIMARY KEY (rowid=?)')
    })
    // #endregion

    test('a settlement finds its task by id', () => {
      const byId = 'SEARCH waybill_tasks USING INDEX sqlite_autoindex_waybill_tasks_1 (id=?)'
      for (const sql of [END_TASK, END_TASKS, END_IN_FAMILY, REQUEUE_TASKS]) expect(plan(sql)).toContain(byId)
    })

    test('recovery jumps from worker to worker in the index of what is held', () => {
      expect(plan(EXPIRED_CLAIMS)).toMatch(/COVERING INDEX waybill_tasks_held \(worker>\?\)/)
      expect(plan(EXPIRED_CLAIMS)).toMatch(/task USING INDEX waybill_tasks_held \(worker=\?\)/)
    })

    test('promotion reads due tasks in order, and jumps from group to group of limited ones', () => {
      expect(plan(DUE_TASKS)).toBe('SEARCH waybill_tasks USING INDEX waybill_tasks_due (due_at<?)')
      expect(plan(NEXT_DUE)).toBe('SEARCH waybill_tasks USING COVERING INDEX waybill_tasks_due')
      expect(plan(FREE_GROUPS)).toMatch(/COVERING INDEX waybill_tasks_limited \(limit_key>\?\)/)
      expect(plan(FREE_GROUPS)).toMatch(/INDEX waybill_tasks_active \(limit_key=\?\)/)
      expect(plan(LIMITED_TASKS)).toMatch(/waybill_tasks_limited \(limit_key=\? AND limit_max=\?\)/)
      expect(plan(LIMITED_TASKS)).not.toMatch(SORT)
      expect(plan(TAKEN_SLOTS)).toMatch(/INDEX waybill_tasks_active \(limit_key=\?\)/)
    })

    // #region owner
    test('a page of an owner comes from the index of owners, in order', () => {
      const page = searchStatement({
        where: {
          kind: 'and',
          nodes: [
            { kind: 'column', column: 'owner', operator: 'eq', value: 'owner 1' },
            { kind: 'column', column: 'status', operator: 'eq', value: 'failed' },
          ],
        },
        sort: 'createdAt',
        direction: 'descending',
        limit: 20,
        offset: 0,
        after: { value: 50_000, id: '' },
        omit: [],
      })
      expect(plan(page.sql)).toBe(
        'SEARCH waybill_tasks USING INDEX waybill_tasks_owner (owner=? AND (created_at,id)<(?,?))',
      )
    })
    // #endregion

    test('what a worker or a queue holds is counted without a look at the tasks', () => {
      expect(plan(WORKER_STATES)).toMatch(/COVERING INDEX waybill_tasks_held \(worker=\?\)/)
      expect(plan(CANCEL_REQUESTED)).toMatch(/waybill_tasks_held \(worker=\? AND cancel_requested=\?\)/)
      expect(plan(QUEUE_ROOM)).toMatch(/SCAN waybill_tasks USING COVERING INDEX waybill_tasks_held/)
    })

    test.each(
      Object.entries({
        CANCEL_REQUESTED,
        CANCEL_TASKS,
        CLAIM_TASKS,
        DELETE_TASKS,
        DUE_TASKS,
        EXPIRED_CLAIMS,
        FORGET_DEAD_WORKERS,
        FREE_GROUPS,
        OPEN_BELOW,
        PARENTS,
        QUEUE_ROOM,
        QUEUE_STATES,
        READY_BY_IDS,
        RESTART_TASKS,
        ROLL_UP,
        SAVE_OPEN_TASKS,
        STANDING,
        TAKEN_IDS,
        TAKEN_KEYS,
        TAKE_BACK,
      }),
    )('%s never goes through all tasks', (_name, sql) => {
      expect(plan(sql)).not.toMatch(FULL_SCAN)
    })
  })
}
