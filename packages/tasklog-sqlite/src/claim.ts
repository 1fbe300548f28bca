import type { Claim, ClaimRequest, OpenTask } from '@waybill/core'
import { CLAIM_COLUMNS } from './columns.ts'
import { type ClaimRow, toClaim } from './rows.ts'
import type { Transaction } from './transaction.ts'

/** What limits a queue, and how much of it is held where that matters. No row: nothing limits it. */
export const QUEUE_ROOM = `
SELECT queue, paused, concurrency,
  CASE WHEN concurrency IS NOT NULL THEN (
    SELECT count(*) FROM {tasks} WHERE queue = {queues}.queue AND status IN ('dequeued', 'running')
  ) END AS held
FROM {queues} WHERE queue IN (SELECT value FROM json_each(:queues))`

const CLAIM = `
UPDATE {tasks} SET status = 'dequeued', attempt = attempt + 1, worker = :worker, token = :token, reason = NULL,
  claimed_at = :now, started_at = NULL, updated_at = :now`

/** The next ready tasks of a queue. The index hands them over in order: no sort, and no look at any other row. */
export const CLAIM_FROM_QUEUE: string = `${CLAIM}
WHERE seq IN (
  SELECT seq FROM {tasks} WHERE queue = :queue AND status = 'enqueued' AND hold IS NULL
  ORDER BY priority, seq LIMIT :limit
)
RETURNING ${CLAIM_COLUMNS}, seq`

/** Which of these are ready, in the order in which they are named. */
export const READY_BY_IDS = `
SELECT seq, queue FROM (SELECT key AS place, value AS task_id FROM json_each(:ids)) AS named
JOIN {tasks} ON id = task_id
WHERE status = 'enqueued' AND hold IS NULL ORDER BY place`

/** These, which are ready. */
export const CLAIM_BY_SEQ: string = `${CLAIM}
WHERE seq IN (SELECT value FROM json_each(:seqs))
RETURNING ${CLAIM_COLUMNS}, seq`

/** Writes `running` before a run. */
export const START_TASKS = `
UPDATE {tasks} SET status = 'running', started_at = max(claimed_at, :now), updated_at = :now
FROM (SELECT value ->> 0 AS task_id, value ->> 1 AS task_token FROM json_each(:tasks)) AS task
WHERE id = task_id AND token = task_token AND status = 'dequeued'`

/** Which of these are held under their token. */
export const HELD_UNDER_TOKEN = `
SELECT id FROM (SELECT value ->> 0 AS task_id, value ->> 1 AS task_token FROM json_each(:tasks)) AS task
JOIN {tasks} ON id = task_id AND token = task_token
WHERE status IN ('dequeued', 'running')`

/** Hands ready tasks to a worker. */
export function claim(transaction: Transaction, request: ClaimRequest): Claim[] {
  const { worker, token, limit } = request
  const rows =
    'queue' in request.from
      ? claimFromQueue(transaction, request.from.queue, { worker, token, limit })
      : claimByIds(transaction, request.from.ids, { worker, token, limit })
  // RETURNING answers in no particular order (https://www.sqlite.org/lang_returning.html, 3).
  rows.sort((left, right) => left.priority - right.priority || left.seq - right.seq)
  return rows.map((row) => toClaim(row, token))
}

type Claimer = Pick<ClaimRequest, 'worker' | 'token' | 'limit'>

function claimFromQueue(transaction: Transaction, queue: string, claimer: Claimer): ClaimRow[] {
  const room = roomIn(transaction, [queue]).get(queue) ?? Number.POSITIVE_INFINITY
  const limit = Math.min(claimer.limit, room)
  return limit > 0 ? transaction.rows(CLAIM_FROM_QUEUE, { ...claimer, queue, limit }) : []
}

function claimByIds(transaction: Transaction, ids: readonly string[], claimer: Claimer): ClaimRow[] {
  const ready = transaction.rows<{ seq: number; queue: string }>(READY_BY_IDS, {
    ids: JSON.stringify([...new Set(ids)]),
  })
  const rooms = roomIn(transaction, [...new Set(ready.map((row) => row.queue))])
  const chosen = ready.filter(({ queue }) => {
    const room = rooms.get(queue) ?? Number.POSITIVE_INFINITY
    rooms.set(queue, room - 1)
    return room > 0
  })
  const seqs = chosen.slice(0, claimer.limit).map((row) => row.seq)
  return transaction.rows(CLAIM_BY_SEQ, { ...claimer, seqs: JSON.stringify(seqs) })
}

/** How many more tasks of each queue may be held; a queue that has no row is left out. */
function roomIn(transaction: Transaction, queues: readonly string[]): Map<string, number> {
  const rows = transaction.rows<{
    queue: string
    paused: 0 | 1
    concurrency: number | null
    held: number | null
  }>(QUEUE_ROOM, { queues: JSON.stringify(queues) })
  return new Map(
    rows.map(({ queue, paused, concurrency, held }) => [
      queue,
      paused === 1 ? 0 : (concurrency ?? Number.POSITIVE_INFINITY) - (held ?? 0),
    ]),
  )
}

/** Writes `running` before a run; answers the ids that are held under their token. */
export function start(transaction: Transaction, tasks: readonly Pick<OpenTask, 'id' | 'token'>[]): string[] {
  const parameters = { tasks: JSON.stringify(tasks.map(({ id, token }) => [id, token])) }
  transaction.run(START_TASKS, parameters)
  const held = new Set(transaction.rows<{ id: string }>(HELD_UNDER_TOKEN, parameters).map(({ id }) => id))
  return tasks.filter(({ id }) => held.has(id)).map(({ id }) => id)
}
