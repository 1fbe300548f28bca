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

/** The next ready tasks of a queue. The index hands them over in order: no sort, and no look at any other row. */
export const READY_IN_QUEUE: string = `
SELECT ${CLAIM_COLUMNS}, seq FROM {tasks} WHERE queue = :queue AND status = 'enqueued' AND hold IS NULL
ORDER BY priority, seq LIMIT :limit`

/** Which of these are ready, in the order in which they are named. */
export const READY_BY_IDS: string = `
SELECT ${CLAIM_COLUMNS}, seq FROM (SELECT key AS place, value AS task_id FROM json_each(:ids)) AS named
CROSS JOIN {tasks} ON id = task_id
WHERE status = 'enqueued' AND hold IS NULL ORDER BY place`

/**
 * Hands ready tasks to a worker. They were read before, under the write lock, so nobody can have come in between; an
 * UPDATE with RETURNING would do it in one statement and take half as long again.
 */
export const CLAIM_TASKS = `
UPDATE {tasks} SET status = 'dequeued', attempt = attempt + 1, worker = :worker, token = :token, reason = NULL,
  claimed_at = :now, started_at = NULL, updated_at = :now
WHERE seq IN (SELECT value FROM json_each(:seqs))`

/** Writes `running` before a run. */
export const START_TASKS = `
UPDATE {tasks} SET status = 'running', started_at = max(claimed_at, :now), updated_at = :now
FROM (SELECT value ->> 0 AS task_id, value ->> 1 AS task_token FROM json_each(:tasks)) AS task
WHERE id = task_id AND token = task_token AND status = 'dequeued'`

/** Which of these are held under their token, by their place in the list: a task may be named under an old token too. */
export const HELD_UNDER_TOKEN = `
SELECT place FROM (
  SELECT key AS place, value ->> 0 AS task_id, value ->> 1 AS task_token FROM json_each(:tasks)
) AS task
CROSS JOIN {tasks} ON id = task_id AND token = task_token
WHERE status IN ('dequeued', 'running')`

/** Hands ready tasks to a worker. */
export function claim(transaction: Transaction, { worker, token, from, limit }: ClaimRequest): Claim[] {
  const rows =
    'queue' in from
      ? readyInQueue(transaction, from.queue, limit)
      : readyByIds(transaction, from.ids).slice(0, limit)
  if (rows.length === 0) return []
  transaction.run(CLAIM_TASKS, { worker, token, seqs: JSON.stringify(rows.map(({ seq }) => seq)) })
  return rows.map((row) => toClaim(row, token))
}

function readyInQueue(transaction: Transaction, queue: string, limit: number): ClaimRow[] {
  const room = roomIn(transaction, [queue]).get(queue) ?? Number.POSITIVE_INFINITY
  return room > 0 ? transaction.rows(READY_IN_QUEUE, { queue, limit: Math.min(limit, room) }) : []
}

function readyByIds(transaction: Transaction, ids: readonly string[]): ClaimRow[] {
  const ready = transaction.rows<ClaimRow>(READY_BY_IDS, { ids: JSON.stringify([...new Set(ids)]) })
  const rooms = roomIn(transaction, [...new Set(ready.map(({ queue }) => queue))])
  return ready.filter(({ queue }) => {
    const room = rooms.get(queue) ?? Number.POSITIVE_INFINITY
    rooms.set(queue, room - 1)
    return room > 0
  })
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
  const list = JSON.stringify(tasks.map(({ id, token }) => [id, token]))
  transaction.run(START_TASKS, { tasks: list })
  const held = heldPlaces(transaction, list)
  return tasks.flatMap(({ id }, place) => (held.has(place) ? [id] : []))
}

/** The places in a JSON list of ids and tokens of those that are held. */
export function heldPlaces(transaction: Transaction, tasks: string): ReadonlySet<number> {
  return new Set(transaction.rows<{ place: number }>(HELD_UNDER_TOKEN, { tasks }).map(({ place }) => place))
}
