import type { Claim, ClaimRequest, OpenTask } from '@waybill/core'
import { CLAIM_COLUMNS } from './columns.ts'
import type { Connection } from './connection.ts'
import { START } from './front.ts'
import { batches, each } from './literals.ts'
import { type Bit, type ClaimRow, toClaim } from './rows.ts'
import { type Transaction, write } from './transaction.ts'

/** A row for a worker that has none, for it never beat, or was forgotten just now: its lease has run out. */
export const INTRODUCE_WORKER = `
INSERT INTO {workers} (worker, started_at, beat_at, lease_until) VALUES (:worker, {now}, {now}, {now})
ON DUPLICATE KEY UPDATE worker = worker`

/**
 * The next ready tasks of a queue. The index hands them over in order: with a sort, the first claim would lock all there
 * are and the second find none. Rows that another claim has locked are skipped
 * (https://dev.mysql.com/doc/refman/8.0/en/innodb-locking-reads.html).
 */
export const CLAIM_FROM_QUEUE: string = readyTasks('')

/** The same from where the last claim ended: see {@link Fronts}. */
export const CLAIM_FROM_FRONT: string = readyTasks(`
  AND (priority > :afterPriority OR (priority = :afterPriority AND seq > :afterSeq))`)

function readyTasks(place: string): string {
  return `
SELECT ${CLAIM_COLUMNS}, seq FROM {tasks} FORCE INDEX (tasks_stage)
WHERE stage = 'ready' AND queue = :queue${place} AND NOT EXISTS (
  SELECT 1 FROM {queues} WHERE queue = :queue AND (paused = 1 OR (concurrency IS NOT NULL AND :isCounted = 0))
)
ORDER BY priority, seq LIMIT :limit FOR UPDATE SKIP LOCKED`
}

/** Those of these that are ready, in any order. */
export const CLAIM_BY_IDS: string = `
SELECT ${CLAIM_COLUMNS}, seq FROM {tasks} FORCE INDEX (tasks_id)
WHERE id IN (:ids) AND stage = 'ready' FOR UPDATE SKIP LOCKED`

/**
 * Hands these, which are locked, to the worker. An UPDATE answers no rows here, so they are read before. The worker's row
 * is locked so that nobody deletes it until the claim is committed: what is held always has a worker that recover can
 * find. No row: nothing is claimed.
 */
export const CLAIM_TASKS = `
UPDATE {tasks} FORCE INDEX (PRIMARY) SET status = 'dequeued', attempt = attempt + 1, worker = :worker,
  token = :token, reason = NULL, claimed_at = {moment}, started_at = NULL, updated_at = {moment}
WHERE seq IN (:seqs) AND EXISTS (SELECT 1 FROM {workers} WHERE worker = :worker LOCK IN SHARE MODE)`

/** What limits these queues. */
export const QUEUE_LIMITS = `
SELECT queue, paused, concurrency FROM {queues}
WHERE queue IN (:queues) AND (paused = 1 OR concurrency IS NOT NULL)`

/** Lets one claim at a time count what is held of queues that hand out no more than a number. */
export const LOCK_QUEUES: string = `${QUEUE_LIMITS} ORDER BY queue FOR UPDATE`

/** How many tasks of these queues are held. */
export const HELD_OF_QUEUES = `
SELECT queue, COUNT(*) AS held FROM {tasks} FORCE INDEX (tasks_stage)
WHERE stage IN ('held', 'asked') AND queue IN (:queues) GROUP BY queue`

/** Waits for what a worker is claiming at this moment. */
export const LOCK_WORKER = `SELECT worker FROM {workers} WHERE worker = :worker FOR UPDATE`

/** What a worker claimed under a token and has not begun. */
export const CLAIMED_UNDER_TOKEN: string = `
SELECT ${CLAIM_COLUMNS}, seq FROM {tasks} FORCE INDEX (tasks_stage)
WHERE stage IN ('held', 'asked') AND worker = :worker AND token = :token AND status = 'dequeued'
ORDER BY priority, seq`

/** Writes `running` before a run. */
export const START_TASKS = `
UPDATE {tasks} FORCE INDEX (tasks_id) SET
  started_at = GREATEST(claimed_at, {moment}), status = 'running', updated_at = {moment}
WHERE id IN (:ids) AND token = :token AND status = 'dequeued'`

/** Which of these are held under their token. */
export const HELD_UNDER_TOKEN = `
SELECT id FROM {tasks} WHERE id IN (:ids) AND token = :token AND status IN ('dequeued', 'running')`

/** Hands ready tasks to a worker. */
export async function claim(connection: Connection, request: ClaimRequest): Promise<Claim[]> {
  const rows = await write(connection, async (transaction) => {
    const claimed = transaction.isRepeat ? await claimedBefore(transaction, request) : []
    if (claimed.length > 0) return claimed
    const ready =
      'queue' in request.from
        ? await readyInQueue(transaction, request.from.queue, request.limit)
        : await readyByIds(transaction, request.from.ids, request.limit)
    if (ready.length > 0) await take(transaction, request, ready)
    return ready.map((row) => ({ ...row, attempt: row.attempt + 1 }))
  })
  return rows.map((row) => toClaim(row, request.token))
}

/** What the attempt before may have claimed, whose commit was not confirmed. */
async function claimedBefore(
  transaction: Transaction,
  { worker, token, from }: ClaimRequest,
): Promise<ClaimRow[]> {
  await transaction.rows(LOCK_WORKER, { worker })
  const rows = await transaction.rows<ClaimRow>(CLAIMED_UNDER_TOKEN, { worker, token })
  return 'ids' in from ? asNamed(rows, from.ids) : rows
}

/** These rows in the order in which their ids are named. */
function asNamed(rows: readonly ClaimRow[], ids: readonly string[]): ClaimRow[] {
  const byId = new Map(rows.map((row) => [row.id, row]))
  return [...new Set(ids)].flatMap((id) => byId.get(id) ?? [])
}

async function readyInQueue(transaction: Transaction, queue: string, limit: number): Promise<ClaimRow[]> {
  const uncounted = { queue, limit, isCounted: 0 }
  const { fronts } = transaction.connection
  const [front, began] = [fronts.of(queue), performance.now()]
  if (front !== START) {
    const after = { afterPriority: front.priority, afterSeq: front.seq }
    const next = await transaction.rows<ClaimRow>(CLAIM_FROM_FRONT, { ...uncounted, ...after })
    fronts.note(queue, front, next, limit, began)
    if (next.length > 0) return next
  }
  const ready = await transaction.rows<ClaimRow>(CLAIM_FROM_QUEUE, uncounted)
  if (front === START) fronts.note(queue, START, ready, limit, began)
  if (ready.length > 0) return ready
  const room = Math.min(limit, (await roomIn(transaction, [queue])).get(queue) ?? 0)
  return room > 0 ? transaction.rows<ClaimRow>(CLAIM_FROM_QUEUE, { queue, limit: room, isCounted: 1 }) : []
}

async function readyByIds(
  transaction: Transaction,
  ids: readonly string[],
  limit: number,
): Promise<ClaimRow[]> {
  const ready = asNamed(await transaction.rows<ClaimRow>(CLAIM_BY_IDS, { ids }), ids)
  const rooms = await roomIn(transaction, [...new Set(ready.map(({ queue }) => queue))])
  const chosen = ready.filter(({ queue }) => {
    const room = rooms.get(queue) ?? Number.POSITIVE_INFINITY
    rooms.set(queue, room - 1)
    return room > 0
  })
  return chosen.slice(0, limit)
}

async function take(
  transaction: Transaction,
  { worker, token }: ClaimRequest,
  ready: readonly ClaimRow[],
): Promise<void> {
  const parameters = { worker, token, seqs: ready.map(({ seq }) => seq) }
  if ((await transaction.run(CLAIM_TASKS, parameters)) > 0) return
  await transaction.run(INTRODUCE_WORKER, { worker })
  await transaction.run(CLAIM_TASKS, parameters)
}

interface QueueLimits {
  readonly queue: string
  readonly paused: Bit
  readonly concurrency: number | null
}

/** How many more tasks of each queue may be held; a queue that nothing limits is left out. */
async function roomIn(transaction: Transaction, queues: readonly string[]): Promise<Map<string, number>> {
  if (queues.length === 0 || (await transaction.rows(QUEUE_LIMITS, { queues })).length === 0) return new Map()
  const limits = await transaction.rows<QueueLimits>(LOCK_QUEUES, { queues })
  // Counted by a second statement, which sees what was committed while this one waited for the lock.
  const rows = await transaction.rows<{ queue: string; held: number }>(HELD_OF_QUEUES, { queues })
  const held = new Map(rows.map((row) => [row.queue, row.held]))
  return new Map(
    limits.map(({ queue, paused, concurrency }) => [
      queue,
      paused === 1 ? 0 : (concurrency ?? Number.POSITIVE_INFINITY) - (held.get(queue) ?? 0),
    ]),
  )
}

/** Writes `running` before a run; answers the ids that are held under their token. */
export async function start(
  connection: Connection,
  tasks: readonly Pick<OpenTask, 'id' | 'token'>[],
): Promise<string[]> {
  return write(connection, async (transaction) => {
    const started: string[] = []
    for (const batch of batches(tasks, () => 0)) {
      const ids = batch.map(({ id }) => id)
      const token = each('id', batch, ({ id }) => id)((task) => task.token)
      const parameters = { ids, token }
      await transaction.run(START_TASKS, parameters)
      const held = await transaction.rows<{ id: string }>(HELD_UNDER_TOKEN, parameters)
      started.push(...held.map(({ id }) => id))
    }
    return started
  })
}
