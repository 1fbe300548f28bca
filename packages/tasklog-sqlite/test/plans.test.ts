import type { FilterExpression } from '@waybill/core'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as add from '../src/add.ts'
import * as claim from '../src/claim.ts'
import { schemaSql } from '../src/container.ts'
import * as heartbeat from '../src/heartbeat.ts'
import * as promote from '../src/promote.ts'
import * as queues from '../src/queues.ts'
import * as recover from '../src/recover.ts'
import * as rollUp from '../src/roll-up.ts'
import { nameTables } from '../src/schema.ts'
import * as search from '../src/search.ts'
import * as settle from '../src/settle.ts'
import * as transition from '../src/transition.ts'

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

const OF_OWNER: FilterExpression = { kind: 'column', column: 'owner', operator: 'eq', value: 'owner 1' }
const FAILED: FilterExpression = { kind: 'column', column: 'status', operator: 'eq', value: 'failed' }
const PAGE = {
  sort: 'createdAt',
  direction: 'descending',
  limit: 20,
  offset: 0,
  after: null,
  omit: [],
} as const

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
      expect(plan(claim.READY_IN_QUEUE)).toBe(
        'SEARCH waybill_tasks USING INDEX waybill_tasks_ready (queue=?)',
      )
      expect(plan(claim.CLAIM_TASKS)).toContain('SEARCH waybill_tasks USING INTEGER PRIMARY KEY (rowid=?)')
    })
    // #endregion

    test('a settlement finds its task by id', () => {
      const byId = 'SEARCH waybill_tasks USING INDEX sqlite_autoindex_waybill_tasks_1 (id=?)'
      for (const sql of [settle.END_TASK, settle.END_TASKS, settle.END_IN_FAMILY, settle.REQUEUE_TASKS])
        expect(plan(sql)).toContain(byId)
    })

    test('recovery jumps from worker to worker in the index of what is held', () => {
      expect(plan(recover.EXPIRED_CLAIMS)).toMatch(/COVERING INDEX waybill_tasks_held \(worker>\?\)/)
      expect(plan(recover.EXPIRED_CLAIMS)).toMatch(/task USING INDEX waybill_tasks_held \(worker=\?\)/)
    })

    test('promotion reads due tasks in order, and jumps from group to group of limited ones', () => {
      expect(plan(promote.DUE_TASKS)).toBe('SEARCH waybill_tasks USING INDEX waybill_tasks_due (due_at<?)')
      expect(plan(promote.NEXT_DUE)).toBe('SEARCH waybill_tasks USING COVERING INDEX waybill_tasks_due')
      expect(plan(promote.FREE_GROUPS)).toMatch(/COVERING INDEX waybill_tasks_limited \(limit_key>\?\)/)
      expect(plan(promote.FREE_GROUPS)).toMatch(/INDEX waybill_tasks_active \(limit_key=\?\)/)
      expect(plan(promote.LIMITED_TASKS)).toMatch(/waybill_tasks_limited \(limit_key=\? AND limit_max=\?\)/)
      expect(plan(promote.LIMITED_TASKS)).not.toMatch(SORT)
      expect(plan(promote.TAKEN_SLOTS)).toMatch(/INDEX waybill_tasks_active \(limit_key=\?\)/)
    })

    // #region owner
    test.each([
      ['a page', null, '(owner=?)'],
      ['a later page', { value: 50_000, id: '' }, '(owner=? AND (created_at,id)<(?,?))'],
    ])('%s of an owner comes from the index of owners, in order', (_, after, sought) => {
      const { sql } = search.searchStatement({ ...PAGE, where: OF_OWNER, after })
      expect(plan(sql)).toBe(`SEARCH waybill_tasks USING INDEX waybill_tasks_owner ${sought}`)
    })
    // #endregion

    test('of an owner and a status, no more is read than what the owner has', () => {
      const where: FilterExpression = { kind: 'and', nodes: [OF_OWNER, FAILED] }
      const { sql } = search.searchStatement({ ...PAGE, where })
      expect(plan(sql)).toBe('SEARCH waybill_tasks USING INDEX waybill_tasks_owner (owner=?)')
    })

    test('what an owner has is counted by the index of owners', () => {
      for (const { sql } of [search.countStatement(OF_OWNER), search.statsStatement(OF_OWNER)]) {
        expect(plan(sql)).toMatch(
          /SEARCH waybill_tasks USING (COVERING )?INDEX waybill_tasks_owner \(owner=\?\)/,
        )
      }
    })

    test('what a worker or a queue holds is counted without a look at the tasks', () => {
      expect(plan(heartbeat.WORKER_STATES)).toMatch(/COVERING INDEX waybill_tasks_held \(worker=\?\)/)
      expect(plan(heartbeat.CANCEL_REQUESTED)).toMatch(
        /waybill_tasks_held \(worker=\? AND cancel_requested=\?\)/,
      )
      expect(plan(claim.QUEUE_ROOM)).toMatch(/SCAN waybill_tasks USING COVERING INDEX waybill_tasks_held/)
    })

    test.each(statements())('%s never goes through all tasks', (_name, sql) => {
      expect(plan(sql)).not.toMatch(FULL_SCAN)
    })
  })
}

/** Every statement that looks for tasks. */
function statements(): [name: string, sql: string][] {
  const exported = { ...add, ...claim, ...heartbeat, ...promote, ...queues, ...recover, ...search, ...settle }
  return Object.entries({ ...exported, ...rollUp, ...transition }).filter(
    (entry): entry is [string, string] =>
      typeof entry[1] === 'string' && /^\s*(SELECT|UPDATE|DELETE|WITH)\b.*\{tasks\}/s.test(entry[1]),
  )
}
