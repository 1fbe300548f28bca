import type { FilterExpression } from '@waybill/core'
import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import * as add from '../src/add.ts'
import * as claim from '../src/claim.ts'
import * as heartbeat from '../src/heartbeat.ts'
import { createMysqlTaskLog } from '../src/index.ts'
import { bind, Fragment } from '../src/literals.ts'
import * as promote from '../src/promote.ts'
import * as queues from '../src/queues.ts'
import * as recover from '../src/recover.ts'
import * as rollUp from '../src/roll-up.ts'
import { nameTables } from '../src/schema.ts'
import * as search from '../src/search.ts'
import * as settle from '../src/settle.ts'
import type { Parameters } from '../src/transaction.ts'
import * as transition from '../src/transition.ts'
import { FIRST_READY } from '../src/wake.ts'
import { dropTables, freshPrefix } from './fresh-prefix.ts'

const ROWS = 100_000
const DIGITS = [1, 10, 100, 1_000, 10_000]
  .map(
    (unit) =>
      `(SELECT 0 AS d UNION ALL ${[1, 2, 3, 4, 5, 6, 7, 8, 9].map((d) => `SELECT ${d * unit}`).join(' UNION ALL ')}) AS u${unit}`,
  )
  .join(', ')

/** So many tasks in mixed states: most have ended, some wait for their time, some for a slot, some are held. */
const FILL = `
INSERT INTO {tasks} (
  id, parent_id, task_name, queue, parameters, label, owner, category, status, hold, limit_key, limit_max,
  max_attempts, worker, cancel_requested, has_children, created_at, due_at
)
SELECT LPAD(n, 36, '0'), CASE WHEN n % 5 = 0 THEN LPAD(n - n % 100, 36, '0') END, 'task', CONCAT('queue ', n % 7), '{}',
  'label', CONCAT('owner ', n % 50), 'unknown', status,
  CASE WHEN status <> 'enqueued' THEN NULL WHEN n % 3 = 0 THEN 'due' WHEN n % 3 = 1 THEN 'limit' END,
  CASE WHEN n % 3 = 1 THEN CONCAT('key ', n % 20) END, CASE WHEN n % 3 = 1 THEN 2 END, 3,
  CONCAT('worker ', n % 4), n % 97 = 0, n % 100 = 0, n, n
FROM (
  SELECT n, CASE WHEN n % 10 < 5 THEN 'completed' WHEN n % 10 < 6 THEN 'failed' WHEN n % 10 < 7 THEN 'dequeued'
    WHEN n % 100 = 77 THEN 'child_running' ELSE 'enqueued' END AS status
  FROM (SELECT u1.d + u10.d + u100.d + u1000.d + u10000.d AS n FROM ${DIGITS}) AS numbers
) AS tasks`

const prefix = freshPrefix()
const uri = inject('mysqlUrl')
let connection: Connection

beforeAll(async () => {
  connection = await mysql.createConnection(uri)
  await using log = createMysqlTaskLog({ uri }, { prefix })
  await log.createContainer()
  await connection.query(nameTables(FILL, prefix))
  await connection.query(
    nameTables(
      `INSERT INTO {workers} (worker, started_at, beat_at, lease_until) VALUES ('worker 1', 0, 0, 0)`,
      prefix,
    ),
  )
  const [rows] = await connection.query<RowDataPacket[]>(
    nameTables('SELECT COUNT(*) AS rows_ FROM {tasks}', prefix),
  )
  expect(rows[0]?.['rows_']).toBe(ROWS)
}, 120_000)

afterAll(async () => {
  await connection.end()
  await dropTables(uri, prefix)
})

interface Step {
  readonly table: string | null
  readonly type: string | null
  readonly key: string | null
  readonly Extra: string | null
}

const ids = [500, 20_006, 77_777].map((n) => String(n).padStart(36, '0'))

/** One value for each parameter there is; they decide little here. */
const PARAMETERS: Parameters = {
  ids,
  seqs: [500, 20_006, 77_777],
  workers: ['worker 1', 'worker 2'],
  queues: ['queue 1', 'queue 2'],
  from: ['enqueued'],
  keys: new Fragment(
    `(idempotency_key = 'a' AND key_owner = 'b') OR (idempotency_key = 'c' AND key_owner = 'd')`,
  ),
  queue: 'queue 1',
  worker: 'worker 1',
  token: 'token',
  limit: 100,
  limitKey: 'key 1',
  limitMax: 2,
  delay: 0,
  givenBack: 0,
  startedAgo: 0,
  report: null,
  progress: null,
  reason: null,
  outcome: 'completed',
  status: 'completed',
  hold: null,
  attempt: 1,
  isCounted: 0,
  afterPriority: 0,
  afterSeq: 10,
  isEnded: 0,
  isQueued: 1,
}

/** What the server would do, one line for each step: table, access, index, and what else. */
async function plan(sql: string, parameters: Parameters = PARAMETERS): Promise<string> {
  const [steps] = await connection.query<(Step & RowDataPacket)[]>(
    `EXPLAIN ${bind(nameTables(sql, prefix), parameters)}`,
  )
  return steps.map(({ table, type, key, Extra }) => `${table} ${type} ${key} ${Extra}`).join('\n')
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

const SORT = /filesort|temporary/
/** A look at every row of the table of tasks, in one index or another. */
const FULL_SCAN = new RegExp(`(${prefix}tasks|task|parent|child) (ALL|index) `)

for (const when of ['without statistics', 'with statistics'] as const) {
  describe(`${when}, in ${ROWS} tasks in mixed states`, () => {
    beforeAll(async () => {
      if (when === 'with statistics')
        await connection.query(nameTables('ANALYZE TABLE {tasks}, {workers}', prefix))
    }, 60_000)

    // #region claim
    test('a claim reads the ready tasks of its queue from their index, in order', async () => {
      expect(await plan(claim.CLAIM_FROM_QUEUE)).toMatch(/tasks (ref|range) tasks_stage/)
      expect(await plan(claim.CLAIM_FROM_QUEUE)).not.toMatch(SORT)
      expect(await plan(claim.CLAIM_TASKS)).toMatch(/tasks range PRIMARY/)
    })
    // #endregion

    test('a claim that goes on from where the last one ended reads on from there, in order', async () => {
      expect(await plan(claim.CLAIM_FROM_FRONT)).toMatch(/tasks range tasks_stage/)
      expect(await plan(claim.CLAIM_FROM_FRONT)).not.toMatch(SORT)
    })

    test('a settlement finds its task by id, and locks no other', async () => {
      for (const sql of [settle.END_TASKS, settle.END_TASKS_ALONE, settle.REQUEUE_TASKS, rollUp.LOCK_TASKS]) {
        expect(await plan(sql)).toMatch(/tasks range tasks_id/)
        expect(await plan(sql)).not.toMatch(SORT)
      }
    })

    test('a parent asks the index of children whether one is open', async () => {
      expect(await plan(rollUp.CLOSING_PARENTS)).toMatch(/^parent range tasks_id/)
      expect(await plan(rollUp.CLOSING_PARENTS)).toMatch(/^child (ref|range) tasks_parent/m)
    })

    test('recovery reads what is held, and nothing else', async () => {
      expect(await plan(recover.CLAIMS_OF_WORKERS)).toMatch(/tasks range tasks_stage/)
      expect(await plan(recover.TAKE_BACK)).toMatch(/tasks range PRIMARY/)
    })

    test('promotion reads due tasks in order, and of limited ones their index alone', async () => {
      for (const sql of [promote.DUE_TASKS, promote.LIMITED_TASKS, promote.NEXT_DUE]) {
        expect(await plan(sql)).toMatch(/tasks (ref|range) tasks_slot/)
        expect(await plan(sql)).not.toMatch(SORT)
      }
      expect(await plan(promote.FREE_GROUPS)).toMatch(/tasks ref tasks_slot .*Using index$/m)
      expect(await plan(promote.TAKEN_SLOTS)).toMatch(/tasks (ref|range) tasks_slot .*Using index/)
    })

    // #region owner
    test.each([
      ['a page', null],
      ['a later page', { value: 50_000, id: '' }],
    ])('%s of an owner comes from the index of owners, in order', async (_, after) => {
      const page = await plan(search.SEARCH, search.searchParameters({ ...PAGE, where: OF_OWNER, after }))
      expect(page).toMatch(/tasks (ref|range) tasks_owner/)
      expect(page).not.toMatch(SORT)
    })
    // #endregion

    test('of an owner and a status, no more is read than what the owner has', async () => {
      const where: FilterExpression = { kind: 'and', nodes: [OF_OWNER, FAILED] }
      const page = await plan(search.SEARCH, search.searchParameters({ ...PAGE, where }))
      expect(page).toMatch(/tasks (ref|range) tasks_owner/)
    })

    test('what an owner has is counted in the index of owners alone', async () => {
      for (const sql of [search.COUNT, search.STATS]) {
        const counted = await plan(sql, search.searchParameters({ ...PAGE, where: OF_OWNER }))
        expect(counted).toMatch(/tasks ref tasks_owner .*Using index/)
      }
    })

    test('what workers and queues hold is counted in the index alone', async () => {
      for (const sql of [heartbeat.WORKER_STATES, queues.QUEUE_STATES, claim.HELD_OF_QUEUES]) {
        expect(await plan(sql)).toMatch(/tasks (ref|range) tasks_stage .*Using index/)
      }
      expect(await plan(heartbeat.CANCEL_REQUESTED)).toMatch(/tasks ref tasks_stage/)
      expect(await plan(FIRST_READY)).toMatch(/tasks ref tasks_stage .*Using index/)
      expect(await plan(FIRST_READY)).not.toMatch(SORT)
    })

    test.each(statements())('%s never goes through all tasks', async (_name, sql) => {
      expect(await plan(sql)).not.toMatch(FULL_SCAN)
    })
  })
}

/** Every statement that looks for tasks. */
function statements(): [name: string, sql: string][] {
  const exported = {
    ...add,
    ...claim,
    ...heartbeat,
    ...promote,
    ...queues,
    ...recover,
    ...settle,
    FIRST_READY,
  }
  return Object.entries({ ...exported, ...rollUp, ...transition, FIND: search.FIND }).filter(
    (entry): entry is [string, string] =>
      typeof entry[1] === 'string' && /^\s*(SELECT|UPDATE|DELETE|WITH)\b.*\{tasks\}/s.test(entry[1]),
  )
}
