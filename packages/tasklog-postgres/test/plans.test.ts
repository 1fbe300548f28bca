import type { FilterExpression } from '@waybill/core'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import * as add from '../src/add.ts'
import * as claim from '../src/claim.ts'
import { type Connection, connect } from '../src/connection.ts'
import { createContainer } from '../src/container.ts'
import * as heartbeat from '../src/heartbeat.ts'
import { resolveOptions } from '../src/options.ts'
import * as promote from '../src/promote.ts'
import * as queues from '../src/queues.ts'
import * as recover from '../src/recover.ts'
import * as rollUp from '../src/roll-up.ts'
import * as search from '../src/search.ts'
import * as settle from '../src/settle.ts'
import { type Parameters, read, Transaction } from '../src/transaction.ts'
import * as transition from '../src/transition.ts'
import { dropSchema, freshName } from './fresh-schema.ts'

const ROWS = 100_000

/** So many tasks in mixed states: most have ended, some wait for their time, some for a slot, some are held. */
const FILL = `
INSERT INTO {tasks} (
  id, parent_id, task_name, queue, parameters, label, owner, category, status, master_status, priority, hold,
  limit_key, limit_max, max_attempts, worker, cancel_requested, has_children, created_at, updated_at, due_at,
  idempotency_key
)
SELECT lpad(n::text, 32, '0')::uuid, CASE WHEN n % 5 = 0 THEN lpad((n - n % 100)::text, 32, '0')::uuid END, 'task',
  'queue ' || n % 7, '{}', 'label', 'owner ' || n % 50, 'unknown', status, false, 0,
  CASE WHEN status <> 'enqueued' THEN NULL WHEN n % 3 = 0 THEN 'due' WHEN n % 3 = 1 THEN 'limit' END,
  CASE WHEN n % 3 = 1 THEN 'key ' || n % 20 END, CASE WHEN n % 3 = 1 THEN 2 END, 3,
  'worker ' || n % 4, n % 97 = 0, n % 100 = 0, instant, instant, instant, CASE WHEN n % 11 = 0 THEN 'key ' || n END
FROM (
  SELECT n, to_timestamp(n) AS instant, CASE WHEN n % 10 < 5 THEN 'completed' WHEN n % 10 < 6 THEN 'failed'
    WHEN n % 10 < 7 THEN 'dequeued' WHEN n % 100 = 77 THEN 'child_running' ELSE 'enqueued' END AS status
  FROM generate_series(1, ${ROWS}) AS n
) AS numbers
WHERE status IN ('completed', 'failed') = :haveEnded`

let connection: Connection

async function newLog(connectionString: string): Promise<void> {
  connection = connect({ connectionString }, resolveOptions({ schema: freshName() }))
  await createContainer(connection)
  await run('ALTER TABLE {tasks} SET (autovacuum_enabled = off)')
  await run(
    `INSERT INTO {workers} SELECT 'worker ' || n, {now}, {now}, {now}, false FROM generate_series(0, 3) AS n`,
  )
}

async function dropLog(connectionString: string): Promise<void> {
  await connection.close()
  await dropSchema(connectionString, connection.options.schema)
}

async function run(sql: string, parameters: Parameters = {}): Promise<void> {
  await connection.withClient((client) => new Transaction(connection, client).run(sql, parameters))
}

const ids = Array.from(
  { length: 100 },
  (_, n) => `00000000-0000-0000-0000-${String(777 * n).padStart(12, '0')}`,
)

/** One value for each parameter that decides something. */
const PARAMETERS: Parameters = {
  ids,
  tokens: ids,
  workers: ['worker 1', 'worker 2'],
  queues: ['queue 1', 'queue 2'],
  owners: ['owner 1', 'owner 2'],
  keys: ['key 1', 'key 2'],
  maxes: [2, 2],
  frees: [1, 2],
  from: ['enqueued'],
  queue: 'queue 1',
  worker: 'worker 1',
  token: 'token',
  limit: 100,
  afterPriority: 0,
  afterSeq: 10,
  isCounted: false,
}

interface Step {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly Plans?: readonly Step[]
}

/** What the server would do, one line for each step: how, on which table, by which index, and what is sought there. */
async function plan(sql: string, parameters: Parameters = PARAMETERS): Promise<string> {
  const [row] = await read(connection, (transaction) =>
    transaction.rows<{ 'QUERY PLAN': string }>(`EXPLAIN (FORMAT JSON) ${sql.trim()}`, parameters),
  )
  return linesOf(JSON.parse(row?.['QUERY PLAN'] ?? '')[0].Plan).join('\n')
}

function linesOf(step: Step): string[] {
  const { 'Node Type': how, 'Relation Name': table, 'Index Name': index, 'Index Cond': sought } = step
  const line = [how, table, index, sought].filter((part) => part !== undefined).join(' ')
  return [line, ...(step.Plans ?? []).flatMap(linesOf)]
}

/** A look at every task there is; the index of what is ready, held, due or limited may be read whole. */
const FULL_SCAN = /Seq Scan waybill_tasks|waybill_tasks_(pkey|owner|parent|key|active)$/m
const SORT = /Sort/

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

const SERVERS = [
  { server: 'the newest', url: inject('postgresUrl') },
  { server: 'that of Debian', url: inject('postgresDebianUrl') },
]
const STATISTICS = [
  { when: 'without statistics', isAnalyzed: { halfway: false, atLast: false } },
  { when: 'with statistics of when all had ended', isAnalyzed: { halfway: true, atLast: false } },
  { when: 'with statistics', isAnalyzed: { halfway: false, atLast: true } },
]

describe.each(SERVERS.flatMap((server) => STATISTICS.map((statistics) => ({ ...server, ...statistics }))))(
  `$server, $when, in ${ROWS} tasks in mixed states`,
  ({ url, isAnalyzed }) => {
    beforeAll(async () => {
      await newLog(url)
      await run(FILL, { haveEnded: true })
      if (isAnalyzed.halfway) await run('ANALYZE {tasks}, {workers}')
      await run(FILL, { haveEnded: false })
      if (isAnalyzed.atLast) await run('ANALYZE {tasks}, {workers}')
    }, 120_000)

    afterAll(() => dropLog(url))

    // #region claim
    test.each([1, 100, 10_000])(
      'a claim of %i reads the ready tasks of its queue from their index, in order',
      async (limit) => {
        const claimed = await plan(claim.CLAIM_FROM_QUEUE, { ...PARAMETERS, limit })
        expect(claimed).toContain(
          `Index Scan waybill_tasks waybill_tasks_ready ((queue = 'queue 1'::text) AND (ROW(priority, seq) > ROW(0, '10'::bigint)))`,
        )
        expect(claimed).toContain('Tid Scan waybill_tasks')
        expect(claimed).not.toMatch(SORT)
      },
    )
    // #endregion

    test('a settlement finds its task by id', async () => {
      for (const sql of [settle.END_TASKS, settle.END_TASKS_ALONE, settle.REQUEUE_TASKS]) {
        expect(await plan(sql)).toMatch(/Index Scan waybill_tasks waybill_tasks_pkey \(id = each.task_id\)$/)
      }
    })

    test('a parent asks the index of children whether one is open', async () => {
      expect(await plan(rollUp.ROLL_UP)).toMatch(
        /waybill_tasks_parent \(\(parent_id = parent.id\) AND \(status = ANY/,
      )
    })

    test('recovery reads what is held by a worker, and nothing else', async () => {
      expect(await plan(recover.CLAIMS_OF_WORKERS)).toMatch(/waybill_tasks_held \(worker = dead.name\)$/)
      expect(await plan(recover.CLAIMS_OF_WORKERS)).not.toMatch(SORT)
      expect(await plan(recover.TAKE_BACK)).toMatch(/waybill_tasks_pkey \(id = /)
    })

    test('promotion reads due tasks in order, and jumps from group to group of limited ones', async () => {
      expect(await plan(promote.DUE_TASKS)).toMatch(/Index Scan waybill_tasks waybill_tasks_due \(due_at <= /)
      expect(await plan(promote.NEXT_DUE)).toMatch(/Index Only Scan waybill_tasks waybill_tasks_due/)
      expect(await plan(promote.FREE_GROUPS)).toMatch(
        /waybill_tasks_limited \(ROW\(limit_key, limit_max\) > /,
      )
      expect(await plan(promote.LIMITED_TASKS)).toMatch(
        /waybill_tasks_limited \(\(limit_key = slots.slot_key\)/,
      )
      for (const sql of [promote.DUE_TASKS, promote.NEXT_DUE, promote.LIMITED_TASKS]) {
        expect(await plan(sql)).not.toMatch(SORT)
      }
      expect(await plan(promote.TAKEN_SLOTS)).toMatch(/waybill_tasks_active \(limit_key = key.key\)$/)
    })

    // #region owner
    test.each([
      ['a page', null],
      ['a later page', { value: 50_000, id: ids[0] as string }],
    ])('%s of an owner comes from the index of owners, in order', async (_, after) => {
      const page = search.searchStatement({ ...PAGE, where: OF_OWNER, after })
      expect(await plan(page.sql, page.parameters)).toMatch(/Index Scan waybill_tasks waybill_tasks_owner \(/)
      expect(await plan(page.sql, page.parameters)).not.toMatch(SORT)
    })
    // #endregion

    test('of an owner and a status, no more is read than what the owner has', async () => {
      const page = search.searchStatement({ ...PAGE, where: { kind: 'and', nodes: [OF_OWNER, FAILED] } })
      expect(await plan(page.sql, page.parameters)).toMatch(
        /waybill_tasks_owner \(owner = 'owner 1'::text\)$/,
      )
    })

    test('what an owner has is counted by the index of owners', async () => {
      for (const { sql, parameters } of [search.countStatement(OF_OWNER), search.statsStatement(OF_OWNER)]) {
        expect(await plan(sql, parameters)).toMatch(/waybill_tasks_owner \(owner = 'owner 1'::text\)$/m)
      }
    })

    test('what a worker or a queue holds is counted without a look at other tasks', async () => {
      expect(await plan(heartbeat.WORKER_STATES)).toMatch(
        /waybill_tasks_held \(worker = waybill_workers.worker\)$/,
      )
      expect(await plan(heartbeat.CANCEL_REQUESTED)).toMatch(/waybill_tasks_held \(\(worker = /)
      expect(await plan(claim.QUEUE_ROOM)).toMatch(/waybill_tasks_held \(queue = limited.queue\)$/)
    })

    test.each(statements())('%s never goes through all tasks', async (_name, sql) => {
      expect(await plan(sql)).not.toMatch(FULL_SCAN)
    })

    test('once it has been vacuumed, what an owner has is counted in the index alone', {
      timeout: 60_000,
    }, async () => {
      const { sql, parameters } = search.statsStatement(OF_OWNER)
      // VACUUM leaves alone what a transaction of any other test in this database may still see.
      await vi.waitFor(
        async () => {
          await run('VACUUM {tasks}')
          expect(await plan(sql, parameters)).toMatch(
            /Index Only Scan waybill_tasks waybill_tasks_owner \(owner = 'owner 1'::text\)$/m,
          )
        },
        { timeout: 55_000, interval: 500 },
      )
    })
  },
)

/** Every statement about tasks. */
function statements(): [name: string, sql: string][] {
  const exported = { ...add, ...claim, ...heartbeat, ...promote, ...queues, ...recover, ...search, ...settle }
  return Object.entries({ ...exported, ...rollUp, ...transition }).filter(
    (entry): entry is [string, string] =>
      typeof entry[1] === 'string' && /^\s*[A-Z].*\{tasks\}/s.test(entry[1]),
  )
}
