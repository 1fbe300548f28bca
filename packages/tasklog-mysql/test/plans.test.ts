import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { PARENTS, TAKEN_IDS, TAKEN_KEYS } from '../src/add.ts'
import {
  CLAIM_BY_IDS,
  CLAIM_FROM_QUEUE,
  CLAIM_TASKS,
  CLAIMED_UNDER_TOKEN,
  HELD_OF_QUEUES,
} from '../src/claim.ts'
import { CANCEL_REQUESTED, SAVE_OPEN_TASKS, WORKER_STATES } from '../src/heartbeat.ts'
import { createMysqlTaskLog } from '../src/index.ts'
import { bind, Fragment } from '../src/literals.ts'
import { DUE_TASKS, FREE_GROUPS, LIMITED_TASKS, MAKE_READY, NEXT_DUE, TAKEN_SLOTS } from '../src/promote.ts'
import { QUEUE_STATES } from '../src/queues.ts'
import { CLAIMS_OF_WORKERS, FORGET_WORKERS, HELD_BY_WORKERS, TAKE_BACK } from '../src/recover.ts'
import { CLOSING_PARENTS, LOCK_TASKS, PARENTS_ABOVE, ROLL_UP } from '../src/roll-up.ts'
import { nameTables } from '../src/schema.ts'
import { FIND, SEARCH, searchParameters } from '../src/search.ts'
import { END_TASKS, END_TASKS_ALONE, REQUEUE_TASKS, STANDING } from '../src/settle.ts'
import type { Parameters } from '../src/transaction.ts'
import {
  ASK_TO_CANCEL,
  CANCEL_TASKS,
  DELETABLE,
  DELETE_TASKS,
  OPEN_CHILDREN,
  RESTARTABLE,
} from '../src/transition.ts'
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
      expect(await plan(CLAIM_FROM_QUEUE)).toMatch(/tasks (ref|range) tasks_stage/)
      expect(await plan(CLAIM_FROM_QUEUE)).not.toMatch(SORT)
      expect(await plan(CLAIM_TASKS)).toMatch(/tasks range PRIMARY/)
    })
    // #endregion

    test('a settlement finds its task by id, and locks no other', async () => {
      for (const sql of [END_TASKS, END_TASKS_ALONE, REQUEUE_TASKS, LOCK_TASKS]) {
        expect(await plan(sql)).toMatch(/tasks range tasks_id/)
        expect(await plan(sql)).not.toMatch(SORT)
      }
    })

    test('a parent asks the index of children whether one is open', async () => {
      expect(await plan(CLOSING_PARENTS)).toMatch(/^parent range tasks_id/)
      expect(await plan(CLOSING_PARENTS)).toMatch(/^child (ref|range) tasks_parent/m)
    })

    test('recovery reads what is held, and nothing else', async () => {
      expect(await plan(CLAIMS_OF_WORKERS)).toMatch(/tasks range tasks_stage/)
      expect(await plan(TAKE_BACK)).toMatch(/tasks range PRIMARY/)
    })

    test('promotion reads due tasks in order, and of limited ones their index alone', async () => {
      for (const sql of [DUE_TASKS, LIMITED_TASKS, NEXT_DUE]) {
        expect(await plan(sql)).toMatch(/tasks (ref|range) tasks_slot/)
        expect(await plan(sql)).not.toMatch(SORT)
      }
      expect(await plan(FREE_GROUPS)).toMatch(/tasks ref tasks_slot .*Using index$/m)
      expect(await plan(TAKEN_SLOTS)).toMatch(/tasks (ref|range) tasks_slot .*Using index/)
    })

    // #region owner
    test('a page of an owner comes from the index of owners, in order', async () => {
      const page = await plan(
        SEARCH,
        searchParameters({
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
        }),
      )
      expect(page).toMatch(/tasks (ref|range) tasks_owner/)
      expect(page).not.toMatch(SORT)
    })
    // #endregion

    test('what workers and queues hold is counted in the index alone', async () => {
      for (const sql of [WORKER_STATES, QUEUE_STATES, HELD_OF_QUEUES]) {
        expect(await plan(sql)).toMatch(/tasks (ref|range) tasks_stage .*Using index/)
      }
      expect(await plan(CANCEL_REQUESTED)).toMatch(/tasks ref tasks_stage/)
      expect(await plan(FIRST_READY)).toMatch(/tasks ref tasks_stage .*Using index/)
      expect(await plan(FIRST_READY)).not.toMatch(SORT)
    })

    test.each(
      Object.entries({
        ASK_TO_CANCEL,
        CANCEL_REQUESTED,
        CANCEL_TASKS,
        CLAIM_BY_IDS,
        CLAIM_TASKS,
        CLAIM_FROM_QUEUE,
        CLAIMED_UNDER_TOKEN,
        CLAIMS_OF_WORKERS,
        CLOSING_PARENTS,
        DELETABLE,
        DELETE_TASKS,
        DUE_TASKS,
        FIND,
        FORGET_WORKERS,
        FREE_GROUPS,
        HELD_BY_WORKERS,
        HELD_OF_QUEUES,
        LIMITED_TASKS,
        MAKE_READY,
        OPEN_CHILDREN,
        PARENTS,
        PARENTS_ABOVE,
        QUEUE_STATES,
        RESTARTABLE,
        ROLL_UP,
        SAVE_OPEN_TASKS,
        STANDING,
        TAKEN_IDS,
        TAKEN_KEYS,
        TAKEN_SLOTS,
        WORKER_STATES,
      }),
    )('%s never goes through all tasks', async (_name, sql) => {
      expect(await plan(sql)).not.toMatch(FULL_SCAN)
    })
  })
}
