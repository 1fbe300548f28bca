import { type AddOutcome, isEnded, type NewTaskLogRecord, type ParentRefusal } from '@waybill/core'
import { holdFor, keyOf, type Row, type Store } from './store.ts'

/** Adds one entry. */
export function add(store: Store, entry: NewTaskLogRecord, now: number): AddOutcome {
  if (store.rows.has(entry.id)) return { outcome: 'added', id: entry.id }
  if (entry.idempotencyKey !== null) {
    const existing = store.keys.get(keyOf(entry.owner, entry.idempotencyKey))
    if (existing !== undefined) {
      const same = existing.fingerprint === entry.fingerprint
      return { outcome: same ? 'existing' : 'conflict', id: existing.id }
    }
  }
  if (entry.parentId !== null) {
    const refusal = refuse(store, entry, entry.parentId)
    if (refusal !== null) return { outcome: 'refused', id: entry.id, refusal }
  }
  const dueAt = entry.dueAt ?? now + entry.delayMs
  store.insert({
    id: entry.id,
    parentId: entry.parentId,
    taskName: entry.taskName,
    queue: entry.queue,
    parameters: entry.parameters,
    label: entry.label,
    owner: entry.owner,
    category: entry.category,
    metadata: entry.metadata,
    status: 'enqueued',
    masterStatus: entry.masterStatus,
    outcome: null,
    reason: null,
    report: null,
    progress: null,
    priority: entry.priority,
    hold: holdFor({ dueAt, limitKey: entry.limitKey }, now),
    idempotencyKey: entry.idempotencyKey,
    limitKey: entry.limitKey,
    limitMax: entry.limitMax,
    attempt: 0,
    maxAttempts: entry.maxAttempts,
    worker: null,
    cancelRequested: false,
    hasChildren: false,
    createdAt: now,
    updatedAt: now,
    dueAt,
    claimedAt: null,
    startedAt: null,
    finishedAt: null,
    seq: store.nextSeq(),
    fingerprint: entry.fingerprint,
    token: null,
    listed: false,
  })
  return { outcome: 'added', id: entry.id }
}

function refuse(store: Store, entry: NewTaskLogRecord, parentId: string): ParentRefusal | null {
  const parent: Row | undefined = store.rows.get(parentId)
  if (parent === undefined) return 'parent_missing'
  if (parent.owner !== entry.owner) return 'parent_foreign'
  if (isEnded(parent.status)) return 'parent_ended'
  if (entry.parentToken !== null) {
    const held = parent.status === 'dequeued' || parent.status === 'running'
    if (!held || parent.token !== entry.parentToken) return 'parent_lost'
  }
  parent.hasChildren = true
  return null
}
