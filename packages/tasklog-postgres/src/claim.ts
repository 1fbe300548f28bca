import type { Claim, ClaimRequest, OpenTask } from '@waybill/core'
import { CLAIM_COLUMNS } from './columns.ts'
import type { Connection } from './connection.ts'
import { type Place, START } from './front.ts'
import { type ClaimRow, toClaim } from './rows.ts'
import { type Parameters, read, type Transaction, write, writeOnce } from './transaction.ts'

/**
 * The worker's row, kept from being deleted until the claim is committed: what is held always has a worker that recover
 * can find. No row: nothing is claimed.
 */
const KNOWN = `known AS MATERIALIZED (SELECT FROM {workers} WHERE worker = :worker FOR KEY SHARE)`

const CLAIM = `
UPDATE {tasks} SET status = 'dequeued', attempt = attempt + 1, worker = :worker, token = :token, reason = NULL,
  claimed_at = {moment}, started_at = NULL, updated_at = {moment}
WHERE ctid = ANY (ARRAY(SELECT place FROM ready))
RETURNING ${CLAIM_COLUMNS}, seq`

/**
 * The next ready tasks of a queue. The index hands them over in order: no sort, and no look at any other row. Of a limit
 * in a subquery the planner knows nothing: where it believes there to be no more rows than the limit, it would read all
 * of them and sort. The CTE is a fence: a locking SELECT in a subquery may be run again and again, and then more is
 * claimed than the limit. Rows that another claim has locked are skipped (https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE).
 */
export const CLAIM_FROM_QUEUE: string = `
WITH ${KNOWN}, ready AS MATERIALIZED (
  SELECT ctid AS place FROM {tasks}
  WHERE queue = :queue AND status = 'enqueued' AND hold IS NULL
    AND (priority, seq) > (:afterPriority::integer, :afterSeq::bigint) AND EXISTS (SELECT FROM known) AND NOT EXISTS (
    SELECT FROM {queues} WHERE queue = :queue AND (paused OR (concurrency IS NOT NULL AND NOT :isCounted))
  )
  ORDER BY priority, seq LIMIT (SELECT :limit::bigint)
  FOR UPDATE SKIP LOCKED
)
${CLAIM}`

/**
 * Ready tasks, where they are looked up by their ids. Said in a way that no partial index speaks of: the planner would
 * take one that it believes to be empty, and read the whole of it.
 */
const IS_READY = `hold IS NOT DISTINCT FROM NULL AND status NOT IN ('dequeued', 'running', 'child_running', 'completed', 'failed', 'cancelled', 'archived')`

/** Ids in the order in which they are named. A subquery, so that the planner does not know how many they are. */
const NAMED = `unnest((SELECT :ids::uuid[])) WITH ORDINALITY AS named (named_id, position)`

/** These, where they are ready, in the order in which they are named. */
export const CLAIM_BY_IDS: string = `
WITH ${KNOWN}, ready AS MATERIALIZED (
  SELECT task.ctid AS place FROM ${NAMED} JOIN {tasks} AS task ON id = named_id
  WHERE ${IS_READY} AND EXISTS (SELECT FROM known) AND NOT EXISTS (
    SELECT FROM {queues} WHERE {queues}.queue = task.queue AND (paused OR (concurrency IS NOT NULL AND NOT :isCounted))
  )
  ORDER BY position LIMIT :limit
  FOR UPDATE OF task SKIP LOCKED
)
${CLAIM}`

/** Why a claim may have found less than there is. */
export const CLAIM_HURDLES = `
SELECT EXISTS (SELECT FROM {workers} WHERE worker = :worker) AS "isKnown",
  EXISTS (SELECT FROM {queues} WHERE concurrency IS NOT NULL AND NOT paused) AS "isCounted"`

/** A row for a worker that has none, for it never beat, or was forgotten just now: its lease has run out. */
export const INTRODUCE_WORKER = `
INSERT INTO {workers} (worker, started_at, beat_at, lease_until, was_expired)
VALUES (:worker, {now}, {now}, {now}, true) ON CONFLICT DO NOTHING`

/** Lets one claim at a time count what is held of those of these queues that hand out no more than a number. */
export const LOCK_QUEUES = `
SELECT queue FROM {queues} WHERE queue = ANY (:queues::text[]) AND concurrency IS NOT NULL AND NOT paused
ORDER BY queue FOR UPDATE`

/** How many more tasks of these queues may be held. */
export const QUEUE_ROOM = `
SELECT queue, concurrency - (
  SELECT count(*) FROM {tasks} AS task WHERE task.queue = limited.queue AND status IN ('dequeued', 'running')
) AS room
FROM {queues} AS limited WHERE queue = ANY (:queues::text[])`

/** Which of these are ready, in the order in which they are named. */
export const READY_BY_IDS: string = `
SELECT id, queue FROM ${NAMED} JOIN {tasks} ON id = named_id WHERE ${IS_READY} ORDER BY position`

/** Waits for what a worker is claiming at this moment. */
export const LOCK_WORKER = `SELECT FROM {workers} WHERE worker = :worker FOR UPDATE`

/** What a worker claimed under a token and has not begun. */
export const CLAIMED_UNDER_TOKEN: string = `
SELECT ${CLAIM_COLUMNS}, seq FROM {tasks} WHERE status = 'dequeued' AND worker = :worker AND token = :token`

/**
 * Held tasks, where they are looked up by their ids. Said by what they are not, so that the planner cannot take the
 * index of held tasks for it: its size changes all the time, and where it is thought to be empty it is read once for
 * each id.
 */
export const IS_HELD = `status NOT IN ('enqueued', 'child_running', 'completed', 'failed', 'cancelled', 'archived')`

/** A subquery, so that the planner does not know how many they are: for many it would read the whole table. */
const GIVEN_CLAIMS = `unnest((SELECT :ids::uuid[]), (SELECT :tokens::text[])) AS task (task_id, task_token)`

/** Writes `running` before a run. */
export const START_TASKS: string = `
UPDATE {tasks} SET status = 'running', started_at = greatest(claimed_at, {moment}), updated_at = {moment}
FROM ${GIVEN_CLAIMS}
WHERE id = task_id AND token = task_token AND ${IS_HELD} AND status <> 'running'`

/** Which of these are held under their token. */
export const HELD_UNDER_TOKEN: string = `
SELECT id, token FROM ${GIVEN_CLAIMS}
JOIN {tasks} ON id = task_id AND token = task_token
WHERE ${IS_HELD}`

/** Hands ready tasks to a worker. */
export async function claim(connection: Connection, request: ClaimRequest): Promise<Claim[]> {
  const { worker, token, limit } = request
  const from = 'ids' in request.from ? { ids: [...new Set(request.from.ids)] } : request.from
  const claimer = { worker, token, limit, isCounted: false }
  let rows = await claimUncounted(connection, from, claimer)
  if (rows.length === 0 || ('ids' in from && rows.length < limit)) {
    const [hurdles] = await read(connection, (transaction) =>
      transaction.rows<Hurdles>(CLAIM_HURDLES, { worker }),
    )
    if (hurdles?.isKnown === false) {
      await writeOnce(connection, (transaction) => transaction.run(INTRODUCE_WORKER, { worker }))
      rows = await claimUncounted(connection, from, claimer)
    }
    if (hurdles?.isCounted === true) {
      const rest = { ...claimer, limit: limit - rows.length, isCounted: true }
      rows = [...rows, ...(await write(connection, (transaction) => claimCounted(transaction, from, rest)))]
    }
  }
  // RETURNING answers in no particular order.
  const ordered =
    'ids' in from
      ? asNamed(rows, from.ids)
      : rows.sort((left, right) => left.priority - right.priority || left.seq - right.seq)
  return ordered.map((row) => toClaim(row, token))
}

/** These rows in the order in which their ids are named. */
function asNamed(rows: readonly ClaimRow[], ids: readonly string[]): ClaimRow[] {
  const byId = new Map(rows.map((row) => [row.id, row]))
  return [...new Set(ids)].flatMap((id) => byId.get(id) ?? [])
}

interface Hurdles {
  readonly isKnown: boolean
  readonly isCounted: boolean
}

interface Claimer extends Pick<ClaimRequest, 'worker' | 'token' | 'limit'> {
  /** What is held of the queue has been counted, and its row is locked. */
  readonly isCounted: boolean
}

async function claimUncounted(
  connection: Connection,
  from: ClaimRequest['from'],
  claimer: Claimer,
): Promise<ClaimRow[]> {
  return writeOnce(connection, async (transaction, isRepeat) => {
    if (isRepeat) {
      await transaction.run(LOCK_WORKER, { ...claimer })
      const rows = await transaction.rows<ClaimRow>(CLAIMED_UNDER_TOKEN, { ...claimer })
      if (rows.length > 0) return rows
    }
    return 'queue' in from
      ? claimFromFront(transaction, from.queue, claimer)
      : transaction.rows<ClaimRow>(CLAIM_BY_IDS, { ...claimer, ...from })
  })
}

/** Goes on from where the last claim ended; where nothing is left there, from the start. */
async function claimFromFront(
  transaction: Transaction,
  queue: string,
  claimer: Claimer,
): Promise<ClaimRow[]> {
  const { fronts } = transaction.connection
  const [front, began] = [fronts.of(queue), performance.now()]
  const rows = await claimAfter(transaction, front, queue, claimer)
  fronts.note(queue, front, rows, claimer.limit, began)
  return rows.length === 0 && front !== START ? claimAfter(transaction, START, queue, claimer) : rows
}

function claimAfter(
  transaction: Transaction,
  { priority, seq }: Place,
  queue: string,
  claimer: Claimer,
): Promise<ClaimRow[]> {
  const after = { afterPriority: priority, afterSeq: seq }
  return transaction.rows<ClaimRow>(CLAIM_FROM_QUEUE, { ...claimer, ...after, queue })
}

async function claimCounted(
  transaction: Transaction,
  from: ClaimRequest['from'],
  claimer: Claimer,
): Promise<ClaimRow[]> {
  if ('queue' in from) {
    const rooms = await roomIn(transaction, [from.queue])
    const limit = Math.min(claimer.limit, rooms.get(from.queue) ?? 0)
    return limit > 0 ? claimAfter(transaction, START, from.queue, { ...claimer, limit }) : []
  }
  const ready = await transaction.rows<{ id: string; queue: string }>(READY_BY_IDS, { ids: from.ids })
  const rooms = await roomIn(transaction, [...new Set(ready.map(({ queue }) => queue))])
  const chosen = ready.filter(({ queue }) => {
    const room = rooms.get(queue) ?? 0
    rooms.set(queue, room - 1)
    return room > 0
  })
  const ids = chosen.map(({ id }) => id)
  return ids.length > 0 ? transaction.rows(CLAIM_BY_IDS, { ...claimer, ids }) : []
}

/** How many more tasks of each queue may be held, for those of the queues where that is counted. */
async function roomIn(transaction: Transaction, queues: readonly string[]): Promise<Map<string, number>> {
  const counted = await transaction.rows<{ queue: string }>(LOCK_QUEUES, { queues })
  if (counted.length === 0) return new Map()
  // Counted by a second statement, which sees what was committed while this one waited for the lock.
  const rooms = await transaction.rows<{ queue: string; room: number }>(QUEUE_ROOM, {
    queues: counted.map(({ queue }) => queue),
  })
  return new Map(rooms.map(({ queue, room }) => [queue, room]))
}

/** Writes `running` before a run; answers the ids that are held under their token. */
export async function start(transaction: Transaction, tasks: readonly HeldClaim[]): Promise<string[]> {
  await transaction.run(START_TASKS, claimsOf(tasks))
  const isHeld = await heldAmong(transaction, tasks)
  return tasks.filter(isHeld).map(({ id }) => id)
}

type HeldClaim = Pick<OpenTask, 'id' | 'token'>

/** Which of these claims hold. A task may be among them twice: a stale claim beside the current one. */
export async function heldAmong(
  transaction: Transaction,
  claims: readonly HeldClaim[],
): Promise<(claim: HeldClaim) => boolean> {
  const rows = await transaction.rows<HeldClaim>(HELD_UNDER_TOKEN, claimsOf(claims))
  const held = new Set(rows.map(({ id, token }) => id + token))
  return ({ id, token }) => held.has(id + token)
}

function claimsOf(claims: readonly HeldClaim[]): Parameters {
  return { ids: claims.map(({ id }) => id), tokens: claims.map(({ token }) => token) }
}
