import type { Claim, ClaimRequest, OpenTask } from '@waybill/core'
import type { QueueRow, Row, Store } from './store.ts'

/** Hands ready entries to a worker. */
export function claim(store: Store, request: ClaimRequest, now: number): Claim[] {
  const claims: Claim[] = []
  if ('queue' in request.from) {
    const queue = store.queue(request.from.queue)
    while (claims.length < request.limit && hasRoom(queue)) {
      const row = queue.ready.take()
      if (row === undefined) break
      claims.push(take(store, row, request, now))
    }
    return claims
  }
  for (const id of request.from.ids) {
    const row = store.rows.get(id)
    if (claims.length === request.limit) break
    if (row?.status !== 'enqueued' || row.hold !== null || !hasRoom(store.queue(row.queue))) continue
    claims.push(take(store, row, request, now))
  }
  return claims
}

function hasRoom(queue: QueueRow): boolean {
  return !queue.paused && (queue.concurrency === null || queue.held < queue.concurrency)
}

function take(store: Store, row: Row, request: ClaimRequest, now: number): Claim {
  store.hold(row, request.worker, now)
  row.status = 'dequeued'
  row.token = request.token
  row.attempt += 1
  row.reason = null
  row.claimedAt = now
  row.startedAt = null
  row.updatedAt = now
  return {
    id: row.id,
    parentId: row.parentId,
    taskName: row.taskName,
    queue: row.queue,
    parameters: row.parameters,
    label: row.label,
    owner: row.owner,
    category: row.category,
    metadata: row.metadata,
    masterStatus: row.masterStatus,
    priority: row.priority,
    limitKey: row.limitKey,
    attempt: row.attempt,
    maxAttempts: row.maxAttempts,
    hasChildren: row.hasChildren,
    progress: row.progress,
    createdAt: row.createdAt,
    token: request.token,
  }
}

/** The row, if it is held under the token. */
export function held(store: Store, id: string, token: string): Row | undefined {
  const row = store.rows.get(id)
  const isHeld = row?.token === token && (row.status === 'dequeued' || row.status === 'running')
  return isHeld ? row : undefined
}

/** Writes `running` before a run. */
export function start(store: Store, tasks: readonly Pick<OpenTask, 'id' | 'token'>[], now: number): string[] {
  return tasks
    .filter(({ id, token }) => {
      const row = held(store, id, token)
      if (row !== undefined) run(row, now, 0)
      return row !== undefined
    })
    .map(({ id }) => id)
}

/** Moves a dequeued row to running; the start time is that of the first word of it. */
export function run(row: Row, now: number, startedAgoMs: number): void {
  if (row.status === 'running') return
  row.status = 'running'
  row.startedAt = startedAt(row, now, startedAgoMs)
  row.updatedAt = now
}

/** When a run that began so long ago began, by the log's clock: never before it was claimed. */
export function startedAt(row: Row, now: number, startedAgoMs: number): number {
  return Math.max(row.claimedAt ?? 0, now - Math.max(0, Math.round(startedAgoMs)))
}
